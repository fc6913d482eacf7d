-- Up Migration

-- Rollouts: from one group of servers (blue) to another one (green). The tool that carries one out keeps all it knows here, so that
-- another one goes on where it stopped.
CREATE TABLE rollouts (
  rollout_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The plan, and the servers of both groups, as they were at its start.
  plan json NOT NULL,
  groups json NOT NULL,
  -- The state after the step with this number.
  state json NOT NULL,
  number integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
-- One at a time.
CREATE UNIQUE INDEX rollouts_active ON rollouts ((true)) WHERE ended_at IS NULL;

-- Its transitions: contiguous from 1.
CREATE TABLE rollout_steps (
  rollout_id bigint NOT NULL REFERENCES rollouts,
  number integer NOT NULL CHECK (number > 0),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Who decided, and which of them: a person's name, a machine's.
  decider text NOT NULL,
  by text NOT NULL,
  what text NOT NULL,
  -- What the judge had found, and the state from then on.
  findings json NOT NULL,
  state json NOT NULL,
  PRIMARY KEY (rollout_id, number)
);

-- What the servers' metrics said, each time they were looked at.
CREATE TABLE rollout_samples (
  rollout_id bigint NOT NULL REFERENCES rollouts,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  looks json NOT NULL
);
CREATE INDEX rollout_samples_at ON rollout_samples (rollout_id, at);
