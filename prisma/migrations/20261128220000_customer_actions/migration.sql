ALTER TYPE "order_status" ADD VALUE 'REQUIRES_ACTION';
ALTER TYPE "order_event_type" ADD VALUE 'PAYMENT_ACTION_REQUIRED';
ALTER TYPE "order_event_type" ADD VALUE 'PAYMENT_REQUESTED';

ALTER TABLE "payments"
  -- The customer's newest payment method, by payOrder. Null where it is the order's own.
  ADD COLUMN "payment_method" TEXT,
  -- A payment that failed before the customer paid again. It is cancelled before the next one is made.
  ADD COLUMN "previous_payment_intent_id" TEXT,
  -- What the customer's browser needs to authenticate the payment, and until when.
  ADD COLUMN "action_client_secret" TEXT,
  ADD COLUMN "action_expires_at" TIMESTAMPTZ(6);

-- Calls of payOrder, by the client's key, as orders are by theirs.
CREATE TABLE "pay_requests" (
  "customer_id" TEXT NOT NULL,
  "idempotency_key" TEXT NOT NULL,
  "order_id" UUID NOT NULL,
  "payment_method" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "pay_requests_pkey" PRIMARY KEY ("customer_id", "idempotency_key"),
  CONSTRAINT "pay_requests_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id")
    ON DELETE RESTRICT ON UPDATE CASCADE
);
