package peer

import (
	"strconv"
	"syscall"
)

// libzmq's own numbers begin here (ZMQ_HAUSNUMERO).
const hausnumero = 156_384_712

var symbols = map[syscall.Errno]string{
	syscall.EACCES:          "EACCES",
	syscall.EADDRINUSE:      "EADDRINUSE",
	syscall.EADDRNOTAVAIL:   "EADDRNOTAVAIL",
	syscall.EAGAIN:          "EAGAIN",
	syscall.ECONNREFUSED:    "ECONNREFUSED",
	syscall.ECONNRESET:      "ECONNRESET",
	syscall.EFAULT:          "EFAULT",
	syscall.EHOSTUNREACH:    "EHOSTUNREACH",
	syscall.EINTR:           "EINTR",
	syscall.EINVAL:          "EINVAL",
	syscall.EMFILE:          "EMFILE",
	syscall.ENODEV:          "ENODEV",
	syscall.ENOENT:          "ENOENT",
	syscall.ENOTSOCK:        "ENOTSOCK",
	syscall.ENOTSUP:         "ENOTSUP",
	syscall.EPIPE:           "EPIPE",
	syscall.EPROTO:          "EPROTO",
	syscall.EPROTONOSUPPORT: "EPROTONOSUPPORT",
	syscall.ETIMEDOUT:       "ETIMEDOUT",
	hausnumero + 51:         "EFSM",
	hausnumero + 52:         "ENOCOMPATPROTO",
	hausnumero + 53:         "ETERM",
	hausnumero + 54:         "EMTHREAD",
}

// FromErrno is libzmq's error with its symbol. An interrupted call is one to try again.
func FromErrno(errno int, message string) *Error {
	number := syscall.Errno(errno)
	if number == syscall.EINTR {
		return ErrAgain
	}
	if symbol, ok := symbols[number]; ok {
		return &Error{symbol, message}
	}
	return &Error{strconv.Itoa(errno), message}
}
