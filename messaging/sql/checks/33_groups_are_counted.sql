-- A group counts those who take part, and has an owner for as long as anybody does
SELECT talk.public_id
  FROM messaging_conversation AS talk
  LEFT JOIN messaging_member AS member
    ON member.conversation_id = talk.id AND member.left_seq IS NULL
 WHERE talk.kind = 'group'
 GROUP BY talk.id, talk.public_id, talk.member_count
HAVING talk.member_count <> count(member.id)
    OR count(member.id) FILTER (WHERE member.role = 'owner') <> least(1, count(member.id))
