-- Refuses to open a capability without evidence that is about it, complete, the newest there is, and
-- still so: what stands in the tables is counted here again.
--
-- A person opens; this is what the database itself demands of that person (rule of domain.md). The
-- check named as evidence is of the same country and capability, found every condition met, is the
-- last one made and not older than a quarter of an hour; the state moves forward in time. Then, on
-- that day in that country: enough distinct banks have a live agreement with two signatories that
-- covers it, a clearance counts with its notice over, limits are set where money moves, and no hold
-- stands over it. Coming back from degraded is not an opening: it was opened by a person before.
CREATE OR REPLACE FUNCTION public.countries_guard_open_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_country public.payments_country;
    v_today date;
    v_missing text := '';
BEGIN
    IF NEW.state NOT IN ('open', 'degraded') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('open', 'degraded') AND OLD.evidence_id = NEW.evidence_id
           AND OLD.opened_by_id = NEW.opened_by_id
           AND (OLD.country_id, OLD.capability) = (NEW.country_id, NEW.capability)
        THEN
            RETURN NEW;
        END IF;
        IF NEW.since_at < OLD.since_at THEN
            v_missing := 'a moment after the last one, ';
        END IF;
    END IF;
    SELECT * INTO v_country FROM public.payments_country WHERE id = NEW.country_id;
    v_today := (NEW.since_at AT TIME ZONE v_country.timezone)::date;

    PERFORM 1 FROM public.payments_availabilitycheck AS evidence
      WHERE evidence.id = NEW.evidence_id
        AND evidence.country_id = NEW.country_id
        AND evidence.capability = NEW.capability
        AND evidence.has_evidence
        AND evidence.at BETWEEN NEW.since_at - interval '15 minutes' AND NEW.since_at
        AND NOT EXISTS (SELECT 1 FROM public.payments_availabilitycheck AS later
                         WHERE later.country_id = NEW.country_id
                           AND later.capability = NEW.capability AND later.id > evidence.id);
    IF NOT FOUND THEN
        v_missing := v_missing || 'the newest check, ';
    END IF;
    IF (SELECT count(DISTINCT bank.id)
          FROM public.payments_bankagreement AS agreement
          JOIN public.payments_bank AS bank ON bank.id = agreement.bank_id
         WHERE bank.country_id = NEW.country_id AND agreement.state = 'live'
           AND NEW.capability = ANY (agreement.capabilities)
           AND agreement.valid_from_date <= v_today
           AND (agreement.valid_to_date IS NULL OR agreement.valid_to_date >= v_today)
       ) < v_country.min_live_banks
    THEN
        v_missing := v_missing || 'banks, ';
    END IF;
    PERFORM 1 FROM public.payments_regulatorclearance AS clearance
      WHERE clearance.country_id = NEW.country_id
        AND clearance.capability IN ('', NEW.capability)
        AND greatest(clearance.valid_from_date,
                     CASE WHEN clearance.notice_days > 0
                          THEN clearance.notified_date + clearance.notice_days END) <= v_today
        AND (clearance.valid_to_date IS NULL OR clearance.valid_to_date >= v_today);
    IF NOT FOUND THEN
        v_missing := v_missing || 'a clearance, ';
    END IF;
    IF NEW.capability IN ('person_to_person', 'purchase')
       AND NOT EXISTS (SELECT 1 FROM public.payments_limitrule AS limits
                        WHERE limits.country = v_country.iso2 AND limits.kind = NEW.capability)
    THEN
        v_missing := v_missing || 'limits, ';
    END IF;
    PERFORM 1 FROM public.payments_regulatorhold AS standing
      WHERE standing.country_id = NEW.country_id AND standing.lifted_at IS NULL
        AND standing.bank_id IS NULL AND standing.party_id IS NULL
        AND standing.capability IN ('', NEW.capability)
        AND (standing.level = 'stop_all' OR NEW.capability <> 'refund')
        AND (standing.starts_at IS NULL OR standing.starts_at <= NEW.since_at);
    IF FOUND THEN
        v_missing := v_missing || 'the lifting of a hold, ';
    END IF;
    IF v_missing <> '' THEN
        RAISE EXCEPTION 'capability % of % has no fresh evidence: missing %',
                        NEW.capability, v_country.iso2, rtrim(v_missing, ', ')
              USING ERRCODE = '23514', CONSTRAINT = 'payments_countrycapability_evidence_fresh';
    END IF;
    RETURN NEW;
END
$body$;
