-- inv_ is how ids of invoices begin.
UPDATE invitations SET id = 'ivt' || substr(id, 4);
