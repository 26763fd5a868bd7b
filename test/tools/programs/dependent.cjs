/* A package that uses this one, as CommonJS. */
const zmq = require("zmtp")

exports.draft = require("zmtp/draft")
exports.v5 = require("zmtp/v5-compat")
exports.wire = require("zmtp/wire")
exports.zmq = zmq
exports.makePush = () => new zmq.Push()
exports.makeProxy = (front, back) => new zmq.Proxy(front, back)
