-- I17: lines, audit entries, messages and news are guarded, and only the functions write the books
SELECT wanted.name
  FROM unnest(ARRAY['payments_ledgertransfer_append_only', 'payments_ledgeraccount_opened_well',
                    'payments_ledgeraccount_stays', 'people_auditentry_guard',
                    'people_auditentry_guard_all', 'messaging_message_append_only',
                    'messaging_feedrow_append_only']) AS wanted(name)
 WHERE NOT EXISTS (SELECT 1 FROM pg_trigger
                    WHERE tgname = wanted.name AND tgenabled IN ('O', 'A'))
UNION ALL
SELECT role.rolname || ' may ' || act.name || ' ' || guarded.name
  FROM pg_roles AS role
 CROSS JOIN unnest(ARRAY['payments_ledgertransfer', 'payments_ledgeraccount',
                         'payments_ledgerinbox', 'payments_ledgerhold',
                         'people_auditentry']) AS guarded(name)
 CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS act(name)
 WHERE role.rolname = 'troco_app' AND has_table_privilege(role.oid, guarded.name, act.name)
UNION ALL
-- A right to one column is as good as one to the table, and so is being somebody who has it.
SELECT role.rolname || ' may ' || act.name || ' some of ' || guarded.name
  FROM pg_roles AS role
 CROSS JOIN unnest(ARRAY['payments_ledgertransfer', 'payments_ledgeraccount',
                         'payments_ledgerinbox', 'payments_ledgerhold']) AS guarded(name)
 CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE']) AS act(name)
 WHERE role.rolname = 'troco_app' AND has_any_column_privilege(role.oid, guarded.name, act.name)
UNION ALL
SELECT role.rolname || ' may become ' || pg_get_userbyid(relation.relowner)
  FROM pg_roles AS role
  JOIN pg_class AS relation ON relation.oid = 'payments_ledgertransfer'::regclass
 WHERE role.rolname = 'troco_app' AND pg_has_role(role.oid, relation.relowner, 'MEMBER')
UNION ALL
SELECT 'everybody may call ' || oid::regprocedure
  FROM pg_proc
 WHERE prosecdef AND pronamespace = 'public'::regnamespace
   AND has_function_privilege('public', oid, 'EXECUTE')
