import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.zeromq.ZMQ.Socket;

/** The options that a task may ask for, under their names in the native package for Node.js, and JeroMQ's for them. */
final class SocketOptions {
    private static final Map<String, BiConsumer<Socket, JsonPrimitive>> SETTERS = new HashMap<>();

    static {
        with(JsonPrimitive::getAsInt, Socket::setLinger, "linger");
        with(JsonPrimitive::getAsInt, Socket::setSendTimeOut, "sendTimeout");
        with(JsonPrimitive::getAsInt, Socket::setReceiveTimeOut, "receiveTimeout");
        with(JsonPrimitive::getAsInt, Socket::setSndHWM, "sendHighWaterMark");
        with(JsonPrimitive::getAsInt, Socket::setRcvHWM, "receiveHighWaterMark");
        with(JsonPrimitive::getAsLong, Socket::setMaxMsgSize, "maxMessageSize");
        with(JsonPrimitive::getAsInt, Socket::setHandshakeIvl, "handshakeInterval");
        with(JsonPrimitive::getAsInt, Socket::setHeartbeatIvl, "heartbeatInterval");
        with(JsonPrimitive::getAsInt, Socket::setHeartbeatTimeout, "heartbeatTimeout");
        with(JsonPrimitive::getAsInt, Socket::setHeartbeatTtl, "heartbeatTimeToLive");
        with(JsonPrimitive::getAsInt, Socket::setReconnectIVL, "reconnectInterval");
        with(JsonPrimitive::getAsInt, Socket::setReconnectIVLMax, "reconnectMaxInterval");
        with(JsonPrimitive::getAsInt, Socket::setBacklog, "backlog");
        with(JsonPrimitive::getAsBoolean, Socket::setImmediate, "immediate");
        with(JsonPrimitive::getAsBoolean, Socket::setIPv6, "ipv6");
        with(JsonPrimitive::getAsBoolean, Socket::setConflate, "conflate");
        with(SocketOptions::bytes, Socket::setIdentity, "routingId");
        with(JsonPrimitive::getAsBoolean, Socket::setRouterMandatory, "mandatory");
        with(JsonPrimitive::getAsBoolean, Socket::setRouterHandover, "handover");
        with(JsonPrimitive::getAsBoolean, Socket::setProbeRouter, "probeRouter");
        with(JsonPrimitive::getAsBoolean, Socket::setReqCorrelate, "correlate");
        with(JsonPrimitive::getAsBoolean, Socket::setReqRelaxed, "relaxed");
        with(JsonPrimitive::getAsBoolean, Socket::setXpubNoDrop, "noDrop");
        with(JsonPrimitive::getAsBoolean, Socket::setXpubManual, "manual");
        with(JsonPrimitive::getAsString, Socket::setZapDomain, "zapDomain");
        with(JsonPrimitive::getAsBoolean, Socket::setPlainServer, "plainServer");
        with(JsonPrimitive::getAsString, Socket::setPlainUsername, "plainUsername");
        with(JsonPrimitive::getAsString, Socket::setPlainPassword, "plainPassword");
        with(JsonPrimitive::getAsBoolean, Socket::setCurveServer, "curveServer");
        with(SocketOptions::bytes, Socket::setCurvePublicKey, "curvePublicKey");
        with(SocketOptions::bytes, Socket::setCurveSecretKey, "curveSecretKey");
        with(SocketOptions::bytes, Socket::setCurveServerKey, "curveServerKey");
    }

    private SocketOptions() {}

    static void apply(Map<String, JsonPrimitive> options, Socket socket) {
        options.forEach((name, value) -> {
            BiConsumer<Socket, JsonPrimitive> setter = SETTERS.get(name);
            if (setter == null) {
                throw new UnsupportedOperationException("no option " + name);
            }
            setter.accept(socket, value);
        });
    }

    private static <T> void with(Function<JsonPrimitive, T> read, Setter<T> setter, String name) {
        SETTERS.put(name, (socket, value) -> Failure.unless(setter.set(socket, read.apply(value)), socket));
    }

    private static byte[] bytes(JsonPrimitive value) {
        return value.getAsString().getBytes(StandardCharsets.UTF_8);
    }

    @FunctionalInterface
    private interface Setter<T> {
        boolean set(Socket socket, T value);
    }
}
