package main

import (
	"slices"
	"strings"

	"conformance/peer"

	czmq "github.com/go-zeromq/goczmq/v4"
)

type setting struct {
	set func(any) czmq.SockOption
	// The types that have the option, as far as CZMQ ends the process for others; "" for all.
	types string
}

func number(set func(int) czmq.SockOption) func(any) czmq.SockOption {
	return func(value any) czmq.SockOption { return set(peer.Number(value)) }
}

func text(set func(string) czmq.SockOption) func(any) czmq.SockOption {
	return func(value any) czmq.SockOption { return set(peer.Text(value)) }
}

var settings = map[string]setting{
	"backlog":              {number(czmq.SockSetBacklog), ""},
	"conflate":             {number(czmq.SockSetConflate), "push pull pub sub dealer"},
	"connectTimeout":       {number(czmq.SockSetConnectTimeout), ""},
	"correlate":            {number(czmq.SockSetReqCorrelate), "req"},
	"curvePublicKey":       {text(czmq.SockSetCurvePublickey), ""},
	"curveSecretKey":       {text(czmq.SockSetCurveSecretkey), ""},
	"curveServer":          {number(czmq.SockSetCurveServer), ""},
	"curveServerKey":       {text(czmq.SockSetCurveServerkey), ""},
	"handover":             {number(czmq.SockSetRouterHandover), "router"},
	"handshakeInterval":    {number(czmq.SockSetHandshakeIvl), ""},
	"heartbeatInterval":    {number(czmq.SockSetHeartbeatIvl), ""},
	"heartbeatTimeToLive":  {number(czmq.SockSetHeartbeatTtl), ""},
	"heartbeatTimeout":     {number(czmq.SockSetHeartbeatTimeout), ""},
	"immediate":            {number(czmq.SockSetImmediate), ""},
	"invertMatching":       {number(czmq.SockSetInvertMatching), "pub xpub sub"},
	"ipv6":                 {number(czmq.SockSetIpv6), ""},
	"linger":               {number(czmq.SockSetLinger), ""},
	"mandatory":            {number(czmq.SockSetRouterMandatory), "router"},
	"manual":               {number(czmq.SockSetXPubManual), "xpub"},
	"maxMessageSize":       {number(czmq.SockSetMaxmsgsize), ""},
	"noDrop":               {number(czmq.SockSetXPubNodrop), "pub xpub"},
	"notify":               {number(czmq.SockSetStreamNotify), "stream"},
	"plainPassword":        {text(czmq.SockSetPlainPassword), ""},
	"plainServer":          {number(czmq.SockSetPlainServer), ""},
	"plainUsername":        {text(czmq.SockSetPlainUsername), ""},
	"probeRouter":          {number(czmq.SockSetProbeRouter), "req dealer router"},
	"receiveBufferSize":    {number(czmq.SockSetRcvbuf), ""},
	"receiveHighWaterMark": {number(czmq.SockSetRcvhwm), ""},
	"reconnectInterval":    {number(czmq.SockSetReconnectIvl), ""},
	"reconnectMaxInterval": {number(czmq.SockSetReconnectIvlMax), ""},
	"relaxed":              {number(czmq.SockSetReqRelaxed), "req"},
	"routingId":            {text(czmq.SockSetIdentity), "req rep dealer router"},
	"sendBufferSize":       {number(czmq.SockSetSndbuf), ""},
	"sendHighWaterMark":    {number(czmq.SockSetSndhwm), ""},
	"socksProxy":           {text(czmq.SockSetSocksProxy), ""},
	"tcpKeepalive":         {number(czmq.SockSetTcpKeepalive), ""},
	"tcpKeepaliveCount":    {number(czmq.SockSetTcpKeepaliveCnt), ""},
	"tcpKeepaliveIdle":     {number(czmq.SockSetTcpKeepaliveIdle), ""},
	"tcpKeepaliveInterval": {number(czmq.SockSetTcpKeepaliveIntvl), ""},
	"typeOfService":        {number(czmq.SockSetTos), ""},
	"welcomeMessage":       {text(czmq.SockSetXPubWelcomeMsg), "xpub"},
	"zapDomain":            {text(czmq.SockSetZapDomain), ""},
}

func settingsOf(kind string, options peer.Options) ([]czmq.SockOption, error) {
	// One turn; sendTimeout and receiveTimeout are as many turns as it takes.
	slice := int(peer.Slice.Milliseconds())
	chosen := []czmq.SockOption{czmq.SockSetSndtimeo(slice), czmq.SockSetRcvtimeo(slice)}
	for name, value := range options {
		option, ok := settings[name]
		if !ok || option.types != "" && !slices.Contains(strings.Fields(option.types), kind) {
			return nil, peer.Unsupported("this peer has no option %s for a %s", name, kind)
		}
		if value != nil {
			chosen = append(chosen, option.set(value))
		}
	}
	return chosen, nil
}
