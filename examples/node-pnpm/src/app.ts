import { Hono } from 'hono'

export const app = new Hono()

app.get('/:name', (context) => context.text(`Hello, ${context.req.param('name')}!\n`))
