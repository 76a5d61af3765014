-- What the operator disabled, and what its owner deleted. Both are gone for everybody at once; what was deleted can be
-- restored for a week, and is removed then. removed_at tells when that was done: of a portal and a developer the row
-- itself stays as long as events of its audit log do. restore_hash is the secret of the mailed link that restores.

ALTER TABLE accounts ADD COLUMN disabled_at BIGINT;
ALTER TABLE accounts ADD COLUMN deleted_at BIGINT;

ALTER TABLE portals ADD COLUMN deleted_at BIGINT;
ALTER TABLE portals ADD COLUMN restore_hash BYTEA;
ALTER TABLE portals ADD COLUMN removed_at BIGINT;
CREATE UNIQUE INDEX portals_by_restore ON portals (restore_hash) WHERE restore_hash IS NOT NULL;

ALTER TABLE developers ADD COLUMN disabled_at BIGINT;
ALTER TABLE developers ADD COLUMN deleted_at BIGINT;
ALTER TABLE developers ADD COLUMN restore_hash BYTEA;
ALTER TABLE developers ADD COLUMN removed_at BIGINT;
CREATE UNIQUE INDEX developers_by_restore ON developers (restore_hash) WHERE restore_hash IS NOT NULL;

ALTER TABLE apps ADD COLUMN disabled_at BIGINT;

-- The consents under which an app may have and use tokens.
CREATE VIEW live_grants AS
SELECT g.id, g.portal_id, g.app_id
FROM grants g
JOIN portals p ON p.id = g.portal_id
JOIN apps a ON a.id = g.app_id
JOIN developers d ON d.id = a.developer_id
WHERE g.revoked_at IS NULL AND p.deleted_at IS NULL
    AND a.deleted_at IS NULL AND a.disabled_at IS NULL
    AND d.deleted_at IS NULL AND d.disabled_at IS NULL;
