-- A file request goes for good, alone or with its customer: its history ends.
CREATE TRIGGER file_requests_history_ended AFTER DELETE ON file_requests
    FOR EACH ROW EXECUTE FUNCTION history_ended('file_request');
