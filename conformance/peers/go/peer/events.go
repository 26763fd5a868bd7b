package peer

import "strings"

// The bits of ZMQ_EVENT_... in the words of the native package.
var eventTypes = map[int]string{
	0x0001: "connect",
	0x0002: "connect:delay",
	0x0004: "connect:retry",
	0x0008: "bind",
	0x0010: "bind:error",
	0x0020: "accept",
	0x0040: "accept:error",
	0x0080: "close",
	0x0100: "close:error",
	0x0200: "disconnect",
	0x0400: "end",
	0x0800: "handshake:error:other",
	0x1000: "handshake",
	0x2000: "handshake:error:protocol",
	0x4000: "handshake:error:auth",
}

// The numbers of ZMQ_PROTOCOL_ERROR_...
var protocolErrors = map[int]string{
	0x10000000: "ZMTP_UNSPECIFIED",
	0x10000001: "ZMTP_UNEXPECTED_COMMAND",
	0x10000002: "ZMTP_INVALID_SEQUENCE",
	0x10000003: "ZMTP_KEY_EXCHANGE",
	0x10000011: "ZMTP_MALFORMED_COMMAND_UNSPECIFIED",
	0x10000012: "ZMTP_MALFORMED_COMMAND_MESSAGE",
	0x10000013: "ZMTP_MALFORMED_COMMAND_HELLO",
	0x10000014: "ZMTP_MALFORMED_COMMAND_INITIATE",
	0x10000015: "ZMTP_MALFORMED_COMMAND_ERROR",
	0x10000016: "ZMTP_MALFORMED_COMMAND_READY",
	0x10000017: "ZMTP_MALFORMED_COMMAND_WELCOME",
	0x10000018: "ZMTP_INVALID_METADATA",
	0x11000001: "ZMTP_CRYPTOGRAPHIC",
	0x11000002: "ZMTP_MECHANISM_MISMATCH",
	0x20000000: "ZAP_UNSPECIFIED",
	0x20000001: "ZAP_MALFORMED_REPLY",
	0x20000002: "ZAP_BAD_REQUEST_ID",
	0x20000003: "ZAP_BAD_VERSION",
	0x20000004: "ZAP_INVALID_STATUS_CODE",
	0x20000005: "ZAP_INVALID_METADATA",
}

var statuses = map[int]string{300: "Temporary error", 400: "Authentication failure", 500: "Internal error"}

// EventType names one of libzmq's events.
func EventType(event int) (string, bool) {
	name, ok := eventTypes[event]
	return name, ok
}

// EventErrorOf is the error that the value of one of libzmq's events stands for, if it does; describe is zmq_strerror.
func EventErrorOf(kind string, value int, describe func(errno int) string) *EventError {
	switch kind {
	case "handshake:error:auth":
		return &EventError{Message: orUnknown(statuses[value], "Unknown error"), Status: value}
	case "handshake:error:protocol":
		name := orUnknown(protocolErrors[value], "UNKNOWN")
		protocol, _, _ := strings.Cut(name, "_")
		return &EventError{Message: protocol + " protocol error", Code: "ERR_" + name}
	case "bind:error", "accept:error", "close:error", "handshake:error:other":
		err := FromErrno(value, describe(value))
		return &EventError{Message: err.Message, Code: err.Code}
	}
	return nil
}

func orUnknown(found, unknown string) string {
	if found == "" {
		return unknown
	}
	return found
}
