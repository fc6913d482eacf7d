-- Up Migration

-- An action may be held for a person.
ALTER TABLE actions DROP CONSTRAINT actions_status_check;
ALTER TABLE actions ADD CONSTRAINT actions_status_check CHECK (
  status IN ('PENDING', 'HELD', 'LEASED', 'EXECUTING', 'DONE', 'REJECTED', 'EXPIRED', 'DEAD', 'IN_DOUBT')
);
