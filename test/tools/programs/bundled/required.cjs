const zmq = require("zmtp")
const draft = require("zmtp/draft")
const v5 = require("zmtp/v5-compat")
const wire = require("zmtp/wire")
const dependent = require("dependent")
const { exchange } = require("./exchange.cjs")

void exchange(zmq, draft, v5, wire, dependent)
