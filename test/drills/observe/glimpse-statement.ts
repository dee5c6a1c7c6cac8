/**
 * Orders that changed a moment ago, and what is broken about them, in one snapshot. Found by indexes: ids
 * hold their time of creation, work in hand has a recovery time, what was decided about older orders sent a message.
 */
export const GLIMPSE_STATEMENT = `/* drill-glimpse */
  WITH moment AS (
    SELECT (lpad(to_hex((extract(epoch FROM now() - interval '10 seconds') * 1000)::bigint), 12, '0')
      || repeat('0', 20))::uuid AS since
  ), touched AS MATERIALIZED (
    (SELECT id FROM orders WHERE id >= (SELECT since FROM moment) ORDER BY id DESC LIMIT 200)
    UNION (SELECT id FROM orders WHERE recover_after IS NOT NULL ORDER BY recover_after DESC LIMIT 100)
    UNION (SELECT order_id FROM outbox_messages ORDER BY id DESC LIMIT 100)
    UNION (SELECT order_id FROM dead_letters ORDER BY id DESC LIMIT 50)
  ), messages AS MATERIALIZED (
    SELECT DISTINCT order_id FROM outbox_messages WHERE id > (SELECT max(id) - 5000 FROM outbox_messages)
  ), letters AS MATERIALIZED (
    SELECT order_id, count(*) AS entered, count(*) FILTER (WHERE state = 'OPEN') AS open
    FROM dead_letters GROUP BY order_id
  )
  SELECT o.id::text AS "orderId", broken.what
  FROM touched JOIN orders o ON o.id = touched.id
  CROSS JOIN LATERAL (
    SELECT count(*) AS events, min(version) AS first, (array_agg(status ORDER BY version DESC))[1] AS newest,
      count(*) FILTER (WHERE type = 'DEAD_LETTERED') AS dead_lettered
    FROM order_events WHERE order_id = o.id
  ) e
  LEFT JOIN letters l ON l.order_id = o.id
  CROSS JOIN LATERAL (VALUES
    (NOT EXISTS (SELECT FROM order_items i WHERE i.order_id = o.id), 'no items'),
    (e.first IS DISTINCT FROM 1, 'no event 1'),
    (o.version <> e.events, format('version %s, and %s events', o.version, e.events)),
    (o.status IS DISTINCT FROM e.newest, format('%s, and its newest event says %s', o.status, e.newest)),
    (o.id >= (SELECT since FROM moment) AND o.id NOT IN (SELECT order_id FROM messages), 'no outbox message'),
    (coalesce(l.open, 0) > 1, format('%s open dead letters', l.open)),
    (coalesce(l.entered, 0) <> e.dead_lettered,
      format('%s dead letters, and %s events DEAD_LETTERED', coalesce(l.entered, 0), e.dead_lettered))
  ) AS broken (seen, what)
  WHERE broken.seen
  LIMIT 50`;
