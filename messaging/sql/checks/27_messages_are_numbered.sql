-- I8: the messages of a conversation are numbered from one without a gap
WITH said AS (
    SELECT conversation_id, count(*) AS count, max(seq) AS last
      FROM messaging_message
     GROUP BY conversation_id
)
SELECT talk.public_id
  FROM messaging_conversation AS talk
  LEFT JOIN said ON said.conversation_id = talk.id
 WHERE talk.last_seq <> coalesce(said.count, 0) OR talk.last_seq <> coalesce(said.last, 0)
