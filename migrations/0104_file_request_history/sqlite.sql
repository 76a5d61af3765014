-- A file request goes for good, alone or with its customer: its history ends.
CREATE TRIGGER file_requests_history_ended AFTER DELETE ON file_requests
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'file_request' AND row_id = OLD.id;
END;
