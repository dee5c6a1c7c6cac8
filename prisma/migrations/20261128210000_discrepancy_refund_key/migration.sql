-- Part of the key of a discrepancy's refund: how many keys the gateway has answered with a saved error.
ALTER TABLE "payment_discrepancies" ADD COLUMN "refund_key_number" SMALLINT NOT NULL DEFAULT 0;
