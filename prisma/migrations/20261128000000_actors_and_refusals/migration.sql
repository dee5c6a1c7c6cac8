ALTER TYPE "order_event_type" ADD VALUE 'SETTLED_OUTSIDE';

-- Who caused an event, and what only operators may read of it. Null in events that are older than these columns.
ALTER TABLE "order_events" ADD COLUMN "actor" TEXT, ADD COLUMN "note" TEXT;

-- The gateway's own code behind failure_code, for operators.
ALTER TABLE "orders" ADD COLUMN "failure_gateway_code" TEXT;

-- The gateway has refused to make a payment for the order. No PaymentIntent's id is stored while this is set.
ALTER TABLE "payments" ADD COLUMN "closed" BOOLEAN NOT NULL DEFAULT false;

-- Since when the gateway says that the money is on its way back: told once in the order's history.
ALTER TABLE "refunds" ADD COLUMN "pending_since" TIMESTAMPTZ(6);
