-- Refuses to open a capability without evidence that is about it, complete and fresh.
--
-- A person opens; this is what the database itself demands of that person (rule of domain.md):
-- the check named as evidence is of the same country and capability, found every condition met,
-- and is not older than a quarter of an hour at the moment of opening. Coming back from degraded
-- is not an opening: it was opened by a person before.
CREATE OR REPLACE FUNCTION public.countries_guard_open_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NEW.state NOT IN ('open', 'degraded') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('open', 'degraded') AND OLD.evidence_id = NEW.evidence_id THEN
            RETURN NEW;
        END IF;
    END IF;
    PERFORM 1 FROM public.payments_availabilitycheck AS evidence
      WHERE evidence.id = NEW.evidence_id
        AND evidence.country_id = NEW.country_id
        AND evidence.capability = NEW.capability
        AND evidence.has_evidence
        AND evidence.at BETWEEN NEW.since_at - interval '15 minutes' AND NEW.since_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'capability % of country % has no fresh evidence',
                        NEW.capability, NEW.country_id
              USING ERRCODE = '23514', CONSTRAINT = 'payments_countrycapability_evidence_fresh';
    END IF;
    RETURN NEW;
END
$body$;
