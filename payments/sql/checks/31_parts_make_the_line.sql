-- I11: the parts of a split line make the line
SELECT 'lin_' || line.id
  FROM payments_statementline AS line
  JOIN payments_statementline AS part ON part.split_of_id = line.id
 WHERE line.state = 'split'
 GROUP BY line.id
HAVING sum(CASE WHEN part.direction = 'into' THEN part.amount_minor ELSE -part.amount_minor END)
       <> CASE WHEN line.direction = 'into' THEN line.amount_minor ELSE -line.amount_minor END
 UNION ALL
SELECT 'lin_' || line.id
  FROM payments_statementline AS line
 WHERE line.state = 'split'
   AND NOT EXISTS (SELECT 1 FROM payments_statementline AS part WHERE part.split_of_id = line.id)
