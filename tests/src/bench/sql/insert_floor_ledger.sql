insert into floor.ledgers values ($1, 0, decode(repeat('00', 32), 'hex'))
