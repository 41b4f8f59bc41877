"""The functions that write the books run as their owner: not everybody may call them."""

from django.db import migrations

# Postgres lets everybody call a new function, so a role that may only read could write the books.
FOR_FEW = """
DO $grants$
DECLARE
    v_function regprocedure;
    v_is_there CONSTANT boolean := EXISTS (SELECT FROM pg_roles WHERE rolname = 'troco_app');
BEGIN
    FOR v_function IN SELECT oid FROM pg_proc
                       WHERE prosecdef AND pronamespace = 'public'::regnamespace
                         AND proname LIKE 'ledger\\_%'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
        IF v_is_there THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO troco_app', v_function);
        END IF;
    END LOOP;
END
$grants$
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0040_chargebacks_answered")]

    operations = [migrations.RunSQL([(FOR_FEW, None)], migrations.RunSQL.noop)]
