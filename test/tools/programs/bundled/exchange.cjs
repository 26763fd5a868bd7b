/* What a bundle does with the package, whichever way it got it. */
exports.exchange = async (zmq, draft, v5, wire, dependent) => {
  const [reply, request] = [new zmq.Reply(), new zmq.Request()]
  await reply.bind("tcp://127.0.0.1:*")
  request.connect(reply.lastEndpoint)
  await request.send("question")
  await reply.receive()
  await reply.send("answer")
  const answer = String(await request.receive())
  const others = [request, reply, new draft.Client(), v5.socket("pull"), dependent.makePush()]
  for (const socket of others) socket.close()
  const { publicKey } = zmq.curveKeyPair()
  const same =
    dependent.zmq.Reply === zmq.Reply &&
    dependent.draft.Client === draft.Client &&
    dependent.v5.Socket === v5.Socket &&
    dependent.wire.Decoder === wire.Decoder
  console.log(JSON.stringify({ answer, key: publicKey.length, same }))
}
