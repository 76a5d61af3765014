-- Whether refresh tokens of the app end a year after the consent, however much they are used.
ALTER TABLE apps ADD COLUMN end_refresh_tokens BOOLEAN NOT NULL DEFAULT FALSE;

-- The app's successful token requests that went without what is recommended: PKCE, DPoP, an end of the refresh token.
ALTER TABLE app_usage_days ADD COLUMN without_pkce BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_usage_days ADD COLUMN without_dpop BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_usage_days ADD COLUMN without_end BIGINT NOT NULL DEFAULT 0;
