ALTER TYPE "order_status" ADD VALUE 'CANCELLING';
ALTER TYPE "order_status" ADD VALUE 'CANCELLED';

ALTER TYPE "order_event_type" ADD VALUE 'CANCELLATION_REQUESTED';
ALTER TYPE "order_event_type" ADD VALUE 'REFUND_SUCCEEDED';
ALTER TYPE "order_event_type" ADD VALUE 'ORDER_CANCELLED';
ALTER TYPE "order_event_type" ADD VALUE 'DEAD_LETTERED';
ALTER TYPE "order_event_type" ADD VALUE 'DEAD_LETTER_RETRIED';
ALTER TYPE "order_event_type" ADD VALUE 'DEAD_LETTER_DISCARDED';

CREATE TYPE "dead_letter_task" AS ENUM ('CHARGE', 'REFUND');
CREATE TYPE "dead_letter_state" AS ENUM ('OPEN', 'RETRIED', 'DISCARDED');

CREATE TABLE "dead_letters" (
  "id" UUID NOT NULL DEFAULT uuid_v7(),
  "order_id" UUID NOT NULL,
  "task" "dead_letter_task" NOT NULL,
  "state" "dead_letter_state" NOT NULL DEFAULT 'OPEN',
  "attempts" INTEGER NOT NULL,
  "error" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "resolved_at" TIMESTAMPTZ(6),
  "resolved_by" TEXT,
  "reason" TEXT,
  CONSTRAINT "dead_letters_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "dead_letters_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "dead_letters_open_is_unresolved" CHECK (("state" = 'OPEN') = ("resolved_at" IS NULL))
);

-- At most one open dead letter an order.
CREATE UNIQUE INDEX "dead_letters_one_open_an_order" ON "dead_letters" ("order_id") WHERE "state" = 'OPEN';
CREATE INDEX "dead_letters_state_id_idx" ON "dead_letters" ("state", "id" DESC);

ALTER TABLE "payments" ADD COLUMN "uncounted_attempts" INTEGER NOT NULL DEFAULT 0;

CREATE TABLE "refunds" (
  "order_id" UUID NOT NULL,
  "idempotency_key" UUID NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "uncounted_attempts" INTEGER NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "refunds_pkey" PRIMARY KEY ("order_id"),
  CONSTRAINT "refunds_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "webhook_events" (
  "id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "webhook_events_received_at_idx" ON "webhook_events" ("received_at");
