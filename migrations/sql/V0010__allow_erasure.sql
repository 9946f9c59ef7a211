-- What users typed can be forgotten: the ledger keeps a salted digest, and the row goes with the receipt (settled.md 5).
-- Runs as cinatra_owner. The log itself stays append-only.

grant delete on contents to cinatra_ledger;
