-- The operator invites the first owner; such an invitation was sent by no account.
ALTER TABLE invitations ALTER COLUMN invited_by DROP NOT NULL;
