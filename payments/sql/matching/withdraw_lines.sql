-- What the newest issue of a statement does not show any more, the bank took back: it needs nobody,
-- unless the books were changed for it. Its money was taken out of suspense before.
UPDATE payments_statementline AS line
   SET state = CASE WHEN line.resolution IN ('charge', 'chargeback', 'written_off', 'offset')
                    THEN 'exception' ELSE 'resolved' END,
       resolution = CASE WHEN line.resolution IN ('charge', 'chargeback', 'written_off', 'offset')
                         THEN line.resolution ELSE 'superseded' END,
       note = CASE WHEN line.resolution = 'explained' THEN line.note
                   ELSE 'the bank''s issue ' || newest.issue || ' does not show it' END
  FROM payments_statement AS issued, payments_statement AS newest
 WHERE newest.id = %(statement)s
   AND issued.bank_id = newest.bank_id AND issued.date = newest.date
   AND issued.sequence = newest.sequence AND issued.issue < newest.issue
   AND line.statement_id = issued.id AND line.same_as_id IS NULL
   AND line.suspended_at IS NULL AND line.resolution <> 'superseded'
   AND NOT EXISTS (SELECT 1 FROM payments_statementline AS again
                    WHERE again.statement_id = newest.id
                      AND again.same_as_id = coalesce(line.split_of_id, line.id))
