-- Time-ordered ids (UUIDv7, RFC 9562 section 5.7) from the database's clock, for PostgreSQL 14 and newer:
-- PostgreSQL has a function of its own only from 18 on.
CREATE FUNCTION "uuid_v7"() RETURNS UUID LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

CREATE TYPE "order_status" AS ENUM ('PENDING', 'PAYMENT_PROCESSING', 'CONFIRMED', 'PAYMENT_FAILED');

CREATE TYPE "order_event_type" AS ENUM (
  'ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_SUCCEEDED', 'PAYMENT_DECLINED'
);

CREATE TABLE "products" (
  "sku" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "unit_amount" INTEGER NOT NULL CHECK ("unit_amount" > 0),
  "currency" CHAR(3) NOT NULL,
  "active" BOOLEAN NOT NULL DEFAULT true,
  "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "products_pkey" PRIMARY KEY ("sku")
);

CREATE TABLE "orders" (
  "id" UUID NOT NULL DEFAULT uuid_v7(),
  "customer_id" TEXT NOT NULL,
  "idempotency_key" TEXT NOT NULL,
  "fingerprint" BYTEA NOT NULL,
  "status" "order_status" NOT NULL DEFAULT 'PENDING',
  "version" INTEGER NOT NULL DEFAULT 1,
  "total_amount" INTEGER NOT NULL CHECK ("total_amount" > 0),
  "currency" CHAR(3) NOT NULL,
  "payment_method" TEXT NOT NULL,
  "failure_code" TEXT,
  "failure_message" TEXT,
  "recover_after" TIMESTAMPTZ(6),
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "orders_failure_only_when_failed" CHECK (("status" = 'PAYMENT_FAILED') = ("failure_code" IS NOT NULL))
);

-- One order a key: this index is what makes createOrder idempotent.
CREATE UNIQUE INDEX "orders_customer_id_idempotency_key_key" ON "orders" ("customer_id", "idempotency_key");
CREATE INDEX "orders_customer_id_id_idx" ON "orders" ("customer_id", "id" DESC);
-- Only orders under way are in it, so it stays as small as the work in hand.
CREATE INDEX "orders_recover_after_idx" ON "orders" ("recover_after") WHERE "recover_after" IS NOT NULL;

CREATE TABLE "order_items" (
  "order_id" UUID NOT NULL,
  "position" SMALLINT NOT NULL,
  "sku" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "unit_amount" INTEGER NOT NULL,
  "quantity" INTEGER NOT NULL CHECK ("quantity" > 0),
  CONSTRAINT "order_items_pkey" PRIMARY KEY ("order_id", "position"),
  CONSTRAINT "order_items_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "order_events" (
  "order_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "type" "order_event_type" NOT NULL,
  "status" "order_status" NOT NULL,
  "previous_status" "order_status",
  "detail" TEXT,
  "occurred_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "order_events_pkey" PRIMARY KEY ("order_id", "version"),
  CONSTRAINT "order_events_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "payments" (
  "order_id" UUID NOT NULL,
  "idempotency_key" UUID NOT NULL,
  "payment_intent_id" TEXT,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  CONSTRAINT "payments_pkey" PRIMARY KEY ("order_id"),
  CONSTRAINT "payments_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE UNIQUE INDEX "payments_payment_intent_id_key" ON "payments" ("payment_intent_id");

CREATE TABLE "outbox_messages" (
  "id" BIGSERIAL NOT NULL,
  "kind" TEXT NOT NULL,
  "order_id" UUID NOT NULL,
  "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "leased_until" TIMESTAMPTZ(6),
  "delivered_at" TIMESTAMPTZ(6),
  CONSTRAINT "outbox_messages_pkey" PRIMARY KEY ("id")
);

-- The relay's claim reads only what waits, the purge only what is delivered.
CREATE INDEX "outbox_messages_waiting_idx" ON "outbox_messages" ("id") WHERE "delivered_at" IS NULL;
CREATE INDEX "outbox_messages_delivered_at_idx" ON "outbox_messages" ("delivered_at") WHERE "delivered_at" IS NOT NULL;
