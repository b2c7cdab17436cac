import { readFileSync } from 'node:fs'

import { Hono } from 'hono'

const greeting = readFileSync('/srv/shared/greeting.txt', 'utf8').trim()

export const app = new Hono()

app.get('/:name', (context) => context.text(`${greeting}, ${context.req.param('name')}!\n`))
