-- An operator's list of a rare status among a million orders. Ascending, unlike a list, so that a status's newest
-- entries fill its pages: descending they would leave half of each page empty.
CREATE INDEX "orders_status_id_idx" ON "orders" ("status", "id");
