package main

import (
	"conformance/peer"

	zmq "github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/plain"
)

// These ask for no more than what the library does anyway, or change nothing that a peer could see: it hands messages
// to TCP at once, and its ROUTER waits for a first connection.
var needless = map[string]bool{"backlog": true, "linger": true, "mandatory": true}

func optionsOf(kind string, options peer.Options) ([]zmq.Option, error) {
	chosen := []zmq.Option{zmq.WithDialerMaxRetries(-1)}
	for name, value := range options {
		switch {
		case value == nil || needless[name]:
		case name == "routingId":
			chosen = append(chosen, zmq.WithID(zmq.SocketIdentity(peer.Text(value))))
		case name == "reconnectInterval":
			// It connects anew only when told to; who says when wants that.
			chosen = append(chosen, zmq.WithDialerRetry(peer.Milliseconds(value)), zmq.WithAutomaticReconnect(true))
		case name == "plainServer" && value == true:
			chosen = append(chosen, zmq.WithSecurity(plain.Security("", "")))
		case name == "plainUsername":
			password := peer.Text(options["plainPassword"])
			chosen = append(chosen, zmq.WithSecurity(plain.Security(peer.Text(value), password)))
		case name == "plainServer" || name == "plainPassword":
		case name == "sendHighWaterMark" && (kind == "pub" || peer.Number(value) == 0):
		case name == "receiveHighWaterMark" && peer.Number(value) == 0:
		default:
			return nil, peer.Unsupported("go-zeromq/zmq4 has no option %s for a %s", name, kind)
		}
	}
	return chosen, nil
}
