package main

import (
	"time"

	"conformance/peer"

	zmq "github.com/pebbe/zmq4"
)

type setter func(*zmq.Socket, any) error

func number(set func(*zmq.Socket, int) error) setter {
	return func(socket *zmq.Socket, value any) error { return set(socket, peer.Number(value)) }
}

func boolean(set func(*zmq.Socket, bool) error) setter {
	return func(socket *zmq.Socket, value any) error { return set(socket, peer.Number(value) != 0) }
}

func text(set func(*zmq.Socket, string) error) setter {
	return func(socket *zmq.Socket, value any) error { return set(socket, peer.Text(value)) }
}

func duration(set func(*zmq.Socket, time.Duration) error) setter {
	return func(socket *zmq.Socket, value any) error { return set(socket, peer.Milliseconds(value)) }
}

var setters = map[string]setter{
	"backlog":              number((*zmq.Socket).SetBacklog),
	"conflate":             boolean((*zmq.Socket).SetConflate),
	"connectTimeout":       duration((*zmq.Socket).SetConnectTimeout),
	"correlate":            number((*zmq.Socket).SetReqCorrelate),
	"curvePublicKey":       text((*zmq.Socket).SetCurvePublickey),
	"curveSecretKey":       text((*zmq.Socket).SetCurveSecretkey),
	"curveServer":          number((*zmq.Socket).SetCurveServer),
	"curveServerKey":       text((*zmq.Socket).SetCurveServerkey),
	"handover":             boolean((*zmq.Socket).SetRouterHandover),
	"handshakeInterval":    duration((*zmq.Socket).SetHandshakeIvl),
	"heartbeatInterval":    duration((*zmq.Socket).SetHeartbeatIvl),
	"heartbeatTimeToLive":  duration((*zmq.Socket).SetHeartbeatTtl),
	"heartbeatTimeout":     duration((*zmq.Socket).SetHeartbeatTimeout),
	"immediate":            boolean((*zmq.Socket).SetImmediate),
	"invertMatching":       number((*zmq.Socket).SetInvertMatching),
	"ipv6":                 boolean((*zmq.Socket).SetIpv6),
	"linger":               duration((*zmq.Socket).SetLinger),
	"mandatory":            number((*zmq.Socket).SetRouterMandatory),
	"manual":               number((*zmq.Socket).SetXpubManual),
	"maxMessageSize":       func(s *zmq.Socket, value any) error { return s.SetMaxmsgsize(int64(peer.Number(value))) },
	"noDrop":               boolean((*zmq.Socket).SetXpubNodrop),
	"notify":               number((*zmq.Socket).SetStreamNotify),
	"plainPassword":        text((*zmq.Socket).SetPlainPassword),
	"plainServer":          number((*zmq.Socket).SetPlainServer),
	"plainUsername":        text((*zmq.Socket).SetPlainUsername),
	"probeRouter":          number((*zmq.Socket).SetProbeRouter),
	"receiveBufferSize":    number((*zmq.Socket).SetRcvbuf),
	"receiveHighWaterMark": number((*zmq.Socket).SetRcvhwm),
	"reconnectInterval":    duration((*zmq.Socket).SetReconnectIvl),
	"reconnectMaxInterval": duration((*zmq.Socket).SetReconnectIvlMax),
	"relaxed":              number((*zmq.Socket).SetReqRelaxed),
	"routingId":            text((*zmq.Socket).SetIdentity),
	"sendBufferSize":       number((*zmq.Socket).SetSndbuf),
	"sendHighWaterMark":    number((*zmq.Socket).SetSndhwm),
	"socksProxy":           text((*zmq.Socket).SetSocksProxy),
	"tcpKeepalive":         number((*zmq.Socket).SetTcpKeepalive),
	"tcpKeepaliveCount":    number((*zmq.Socket).SetTcpKeepaliveCnt),
	"tcpKeepaliveIdle":     number((*zmq.Socket).SetTcpKeepaliveIdle),
	"tcpKeepaliveInterval": number((*zmq.Socket).SetTcpKeepaliveIntvl),
	"typeOfService":        number((*zmq.Socket).SetTos),
	"welcomeMessage":       text((*zmq.Socket).SetXpubWelcomeMsg),
	"zapDomain":            text((*zmq.Socket).SetZapDomain),
}
