-- Finds the lines of one statement that were shown before: in an earlier issue of it, or in another
-- statement that overlaps it. The second of two equal lines is the same as the second shown.
WITH wanted AS MATERIALIZED (
    SELECT line.*,
           row_number() OVER (
               PARTITION BY line.kind, line.bank_reference, line.end_to_end_id,
                            line.instruction_id, line.amount_minor, line.direction,
                            line.booked_date
                   ORDER BY line.position
           ) AS nth
      FROM payments_statementline AS line
     WHERE line.statement_id = %(statement)s AND line.state = 'new'
), kept AS MATERIALIZED (
    -- The bank's other statements, but the newer issues of this one.
    SELECT other.id, other.date = this.date AND other.sequence = this.sequence AS is_issue
      FROM payments_statement AS this
      JOIN payments_statement AS other ON other.bank_id = this.bank_id
     WHERE this.id = %(statement)s AND other.id <> this.id
       AND NOT (other.date = this.date AND other.sequence = this.sequence
                AND other.issue > this.issue)
), shown AS MATERIALIZED (
    -- Lines of the same days in other statements of this bank: normally there are none.
    SELECT other.*, kept.is_issue,
           row_number() OVER (
               PARTITION BY other.statement_id, other.kind, other.bank_reference,
                            other.end_to_end_id, other.instruction_id, other.amount_minor,
                            other.direction, other.booked_date
                   ORDER BY other.position
           ) AS nth
      FROM payments_statementline AS other
      JOIN kept ON kept.id = other.statement_id
     WHERE other.bank_id = %(bank)s AND other.part = 0
       AND other.statement_id <> %(statement)s AND other.state <> 'new'
       AND other.booked_date = ANY (ARRAY(SELECT DISTINCT booked_date FROM wanted))
), same AS MATERIALIZED (
    SELECT wanted.id, min(shown.id) AS same_as_id
      FROM wanted
      JOIN shown
        ON shown.kind = wanted.kind AND shown.bank_reference = wanted.bank_reference
       AND shown.end_to_end_id = wanted.end_to_end_id
       AND shown.instruction_id = wanted.instruction_id
       AND shown.amount_minor = wanted.amount_minor AND shown.direction = wanted.direction
       AND shown.booked_date = wanted.booked_date AND shown.nth = wanted.nth
     WHERE shown.same_as_id IS NULL AND shown.resolution <> 'superseded'
       AND (shown.is_issue OR wanted.bank_reference <> '' OR wanted.end_to_end_id <> ''
            OR wanted.instruction_id <> '')
     GROUP BY wanted.id
)
UPDATE payments_statementline AS line
   SET state = 'resolved', resolution = 'as_before', same_as_id = same.same_as_id,
       note = 'shown before'
  FROM same
 WHERE line.id = same.id
   AND line.statement_id = %(statement)s AND line.state = 'new'
