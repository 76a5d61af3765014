INSERT INTO file_shares (portal_id, id, name, customer_id, created_at)
    VALUES ('prt_a', 'fss_a', 'Offerte', 'cst_a', 1);
INSERT INTO file_share_items (portal_id, share_id, entry_id) VALUES ('prt_a', 'fss_a', 'fsf_a');
INSERT INTO public_links (token_hash, portal_id, row_id, secret) VALUES ('a', 'prt_a', 'fss_a', 'a');
