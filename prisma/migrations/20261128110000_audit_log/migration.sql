-- What operators did. The application may add entries and read them, and nothing else: it is granted no UPDATE and no
-- DELETE (README, "Least privilege").
CREATE TABLE "audit_log" (
  "id" UUID NOT NULL DEFAULT uuid_v7(),
  "occurred_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "actor" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "target" TEXT NOT NULL,
  "reason" TEXT,
  "detail" TEXT,
  CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- The last hour's declined payments, by which a customer's further orders are limited.
CREATE TABLE "payment_declines" (
  "customer_id" TEXT NOT NULL,
  "declined_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
  "order_id" UUID NOT NULL,
  CONSTRAINT "payment_declines_pkey" PRIMARY KEY ("customer_id", "declined_at", "order_id")
);

-- The oldest ones are removed.
CREATE INDEX "payment_declines_declined_at_idx" ON "payment_declines" ("declined_at");

-- Failures from before failure_gateway_code: the gateway's code is for operators, and what only helps a thief leaves
-- the customer's.
UPDATE "orders" SET
  "failure_gateway_code" = "failure_code",
  "failure_code" = CASE
    WHEN "failure_code" IN ('fraudulent', 'highest_risk_level', 'lost_card', 'merchant_blacklist', 'pickup_card',
      'restricted_card', 'security_violation', 'stolen_card') THEN 'card_declined'
    ELSE "failure_code"
  END
WHERE "status" = 'PAYMENT_FAILED' AND "failure_gateway_code" IS NULL AND "failure_code" <> 'given_up';
