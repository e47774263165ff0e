// A stock Express application that keeps its sessions in Redis.
//
//   node app.js REDIS_SOCKET LISTEN_SOCKET SESSION_OPTIONS
const express = require('express')
const session = require('express-session')
const { RedisStore } = require('connect-redis')
const { createClient } = require('redis')

const [redisSocket, listenSocket, options] = process.argv.slice(2)
const client = createClient({ socket: { path: redisSocket } })
const app = express()

app.use(express.json())
app.use(session({
  store: new RedisStore({ client }),
  secret: 'keyboard cat',
  resave: false,
  saveUninitialized: false,
  ...JSON.parse(options)
}))

const answer = (req, res) => res.json({ id: req.sessionID, session: req.session })

app.get('/', answer)

app.post('/set', (req, res) => {
  Object.assign(req.session, req.body)
  answer(req, res)
})

// As many applications do before they redirect.
app.post('/save', (req, res, next) => {
  Object.assign(req.session, req.body)
  req.session.save(error => error ? next(error) : answer(req, res))
})

app.post('/login', (req, res, next) => {
  req.session.regenerate(error => {
    if (error) return next(error)
    Object.assign(req.session, req.body)
    answer(req, res)
  })
})

// As passport does with keepSessionInfo.
app.post('/login-and-keep', (req, res, next) => {
  const before = req.session
  req.session.regenerate(error => {
    if (error) return next(error)
    Object.assign(req.session, before, req.body)
    answer(req, res)
  })
})

app.post('/logout', (req, res, next) => {
  req.session.destroy(error => error ? next(error) : res.json({}))
})

client.connect().then(() => app.listen(listenSocket))
