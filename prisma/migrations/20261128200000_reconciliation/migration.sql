ALTER TYPE "order_event_type" ADD VALUE 'DISCREPANCY_FOUND';
ALTER TYPE "order_event_type" ADD VALUE 'DISCREPANCY_RESOLVED';

-- The gateway's idempotency keys are derived from customer, idempotency key and these numbers. Rows that have a random
-- key from before this migration keep it.
ALTER TABLE "payments"
  ALTER COLUMN "idempotency_key" DROP NOT NULL,
  ADD COLUMN "generation" SMALLINT NOT NULL DEFAULT 0,
  ADD COLUMN "key_number" SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE "refunds"
  ALTER COLUMN "idempotency_key" DROP NOT NULL,
  ADD COLUMN "key_number" SMALLINT NOT NULL DEFAULT 0;

CREATE TYPE "discrepancy_kind" AS ENUM ('ORPHAN_PAYMENT', 'DOUBLE_PAYMENT', 'AMOUNT_MISMATCH', 'REFUNDED_OUTSIDE',
  'DISPUTED', 'REFUND_FAILED');
CREATE TYPE "discrepancy_state" AS ENUM ('OPEN', 'RESOLVED');

-- Where the gateway's books and the orders differ.
CREATE TABLE "payment_discrepancies" (
  "id" UUID NOT NULL DEFAULT uuid_v7(),
  "kind" "discrepancy_kind" NOT NULL,
  "state" "discrepancy_state" NOT NULL DEFAULT 'OPEN',
  "gateway_payment_id" TEXT NOT NULL,
  "order_id" UUID,
  "order_key" TEXT,
  "expected_amount" INTEGER,
  "expected_currency" CHAR(3),
  "found_amount" INTEGER,
  "found_currency" CHAR(3),
  "detail" TEXT NOT NULL,
  "detected_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "checked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "refund_by" TEXT,
  "refund_reason" TEXT,
  "resolved_at" TIMESTAMPTZ(6),
  "resolved_by" TEXT,
  "reason" TEXT,
  CONSTRAINT "payment_discrepancies_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "payment_discrepancies_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id")
    ON DELETE RESTRICT ON UPDATE CASCADE
);
-- Each difference is listed once.
CREATE UNIQUE INDEX "payment_discrepancies_one_open" ON "payment_discrepancies" ("gateway_payment_id", "kind")
  WHERE "state" = 'OPEN';
CREATE INDEX "payment_discrepancies_gateway_payment_id_idx" ON "payment_discrepancies" ("gateway_payment_id");
CREATE INDEX "payment_discrepancies_state_id_idx" ON "payment_discrepancies" ("state", "id" DESC);
CREATE INDEX "payment_discrepancies_order_id_idx" ON "payment_discrepancies" ("order_id");
-- Every charge looks here for a payment that an earlier, lost order of the same key has made.
CREATE INDEX "payment_discrepancies_order_key_idx" ON "payment_discrepancies" ("order_key");

-- Payments that something has been heard of, to be compared soon.
CREATE TABLE "reconcile_hints" (
  "payment_intent_id" TEXT NOT NULL,
  "noted_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "reconcile_hints_pkey" PRIMARY KEY ("payment_intent_id")
);
CREATE INDEX "reconcile_hints_noted_at_idx" ON "reconcile_hints" ("noted_at");

-- How far each list of the gateway has been compared.
CREATE TABLE "reconcile_progress" (
  "list" TEXT NOT NULL,
  "covered_until" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "window_from" TIMESTAMPTZ(6),
  "window_to" TIMESTAMPTZ(6),
  "after_id" TEXT,
  "finished_at" TIMESTAMPTZ(6),
  CONSTRAINT "reconcile_progress_pkey" PRIMARY KEY ("list")
);
INSERT INTO "reconcile_progress" ("list") VALUES ('payments'), ('refunds'), ('disputes'), ('gap');

-- A mark that only moves forward. A database that shows an older one than was seen before has lost commits.
CREATE TABLE "database_marker" (
  "id" BOOLEAN NOT NULL DEFAULT true,
  "beat" BIGINT NOT NULL DEFAULT 0,
  "token" UUID NOT NULL DEFAULT gen_random_uuid(),
  "beat_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "gap_from" TIMESTAMPTZ(6),
  "gap_found_at" TIMESTAMPTZ(6),
  "gap_reason" TEXT,
  CONSTRAINT "database_marker_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "database_marker_one_row" CHECK ("id")
);
INSERT INTO "database_marker" DEFAULT VALUES;

-- Orders that a job or the gateway names and that are not stored here.
CREATE TABLE "missing_orders" (
  "order_id" UUID NOT NULL,
  "named_by" TEXT NOT NULL,
  "noted_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "missing_orders_pkey" PRIMARY KEY ("order_id")
);
