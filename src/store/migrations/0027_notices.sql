-- Up Migration

-- What happened of which somebody may have to know. Written by whoever finds it, each once by its key; then made into
-- deliveries by the rules of the plan.
CREATE TABLE notices (
  notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  kind text NOT NULL,
  phase text NOT NULL CHECK (phase IN ('EVENT', 'BEGUN', 'RESOLVED')),
  severity text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
  account text NOT NULL,
  symbol text NOT NULL,
  ticket bigint,
  -- What lasts, by its key; empty of a moment.
  lasting text NOT NULL,
  -- Everything else it says.
  body json NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When its deliveries were made; null while they are to be.
  routed_at timestamptz
);
CREATE INDEX notices_unrouted ON notices (notice_id) WHERE routed_at IS NULL;
CREATE INDEX notices_lasting ON notices (lasting, notice_id) WHERE lasting <> '';
CREATE INDEX notices_recorded ON notices (recorded_at);

-- A message to one channel, made of one notice or of a group of them.
CREATE TABLE notice_deliveries (
  delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL,
  rule text NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DELIVERED', 'DEAD', 'WITHDRAWN')),
  -- Of one of these, and to one channel, the one planned before goes first.
  order_key text NOT NULL,
  -- Sent only while this lasts; empty: whatever comes.
  while_lasting text NOT NULL,
  -- Notices of this group join it until it is first tried; empty: none do.
  group_key text NOT NULL,
  planned_at timestamptz NOT NULL,
  -- The next try; of one under way, when it is given up.
  next_at timestamptz NOT NULL,
  tries int NOT NULL DEFAULT 0,
  reason text NOT NULL DEFAULT '',
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at timestamptz
);
CREATE INDEX notice_deliveries_due ON notice_deliveries (channel, next_at, delivery_id) WHERE status = 'PENDING';
CREATE INDEX notice_deliveries_order ON notice_deliveries (channel, order_key, planned_at, delivery_id) WHERE status = 'PENDING';
CREATE INDEX notice_deliveries_planned ON notice_deliveries (rule, channel, planned_at);
CREATE INDEX notice_deliveries_status ON notice_deliveries (status, delivery_id);

CREATE TABLE notice_delivery_items (
  delivery_id bigint NOT NULL REFERENCES notice_deliveries ON DELETE CASCADE,
  notice_id bigint NOT NULL REFERENCES notices,
  PRIMARY KEY (delivery_id, notice_id)
);
CREATE INDEX notice_delivery_items_notice ON notice_delivery_items (notice_id);

-- What lasts now, by its key, and who found it.
CREATE TABLE notice_lasting (
  key text PRIMARY KEY,
  source text NOT NULL,
  begun_at timestamptz NOT NULL,
  body json NOT NULL
);

-- How far each reader has come in the log.
CREATE TABLE notice_cursors (
  reader text PRIMARY KEY,
  log_epoch text NOT NULL,
  revision bigint NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The one server that reads, routes and delivers, as long as it renews this.
CREATE TABLE notice_worker (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  holder text NOT NULL,
  -- Grows with each holder: what an earlier one still writes matches no row.
  token bigint NOT NULL,
  until timestamptz NOT NULL,
  -- When it last did all there was to do.
  worked_at timestamptz NOT NULL
);
INSERT INTO notice_worker (holder, token, until, worked_at) VALUES ('', 0, '-infinity', 'infinity');
