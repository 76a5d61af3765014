-- Who is told of the first download by mail, if somebody is. It is the person who shared the files, and only as long as they are a member.
ALTER TABLE file_shares ADD COLUMN told_account_id TEXT;
