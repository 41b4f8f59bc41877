-- I13: every key of ours is 64 bits wide or no number, and no sequence is half used up
SELECT relation.relname || '.' || attribute.attname
  FROM pg_index AS index
  JOIN pg_class AS relation ON relation.oid = index.indrelid
  JOIN pg_attribute AS attribute
    ON attribute.attrelid = relation.oid AND attribute.attnum = ANY (index.indkey)
 WHERE index.indisprimary
   AND relation.relnamespace = 'public'::regnamespace
   AND attribute.atttypid IN ('int2'::regtype, 'int4'::regtype)
   AND relation.relname ~ '^(core|people|payments|messaging|merchants)_'
   -- Tables of one row, held so by a CHECK.
   AND relation.relname NOT IN ('core_clockoffset', 'people_audithead')
UNION ALL
SELECT sequencename FROM pg_sequences
 WHERE schemaname = 'public' AND last_value > max_value / 2
