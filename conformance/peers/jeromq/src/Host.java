import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.zeromq.SocketType;
import org.zeromq.ZEvent;
import org.zeromq.ZMQ;
import org.zeromq.ZMonitor;

/** Carries out tasks: keeps the sockets under their names. What flows through them is in {@link Runs}. */
final class Host {
    /** JeroMQ 0.6.0 never says that a handshake has succeeded, nor a server that it has turned a client away. */
    private static final Map<ZMonitor.Event, String> EVENTS = Map.ofEntries(
            Map.entry(ZMonitor.Event.ACCEPTED, "accept"),
            Map.entry(ZMonitor.Event.ACCEPT_FAILED, "accept:error"),
            Map.entry(ZMonitor.Event.LISTENING, "bind"),
            Map.entry(ZMonitor.Event.BIND_FAILED, "bind:error"),
            Map.entry(ZMonitor.Event.CONNECTED, "connect"),
            Map.entry(ZMonitor.Event.CONNECT_DELAYED, "connect:delay"),
            Map.entry(ZMonitor.Event.CONNECT_RETRIED, "connect:retry"),
            Map.entry(ZMonitor.Event.CLOSED, "close"),
            Map.entry(ZMonitor.Event.CLOSE_FAILED, "close:error"),
            Map.entry(ZMonitor.Event.DISCONNECTED, "disconnect"),
            Map.entry(ZMonitor.Event.MONITOR_STOPPED, "end"),
            Map.entry(ZMonitor.Event.HANDSHAKE_SUCCEEDED, "handshake"),
            Map.entry(ZMonitor.Event.HANDSHAKE_FAILED_AUTH, "handshake:error:auth"),
            Map.entry(ZMonitor.Event.HANDSHAKE_FAILED_PROTOCOL, "handshake:error:protocol"),
            Map.entry(ZMonitor.Event.HANDSHAKE_FAILED_NO_DETAIL, "handshake:error:other"));

    /** In milliseconds; see {@link #connect}. */
    private static final int STALLED = 1000;

    private final Consumer<Object> notify;
    private final ZMQ.Context context = ZMQ.context(1);
    private final Map<String, PeerSocket> sockets = new ConcurrentHashMap<>();
    private final Map<String, SocketType> types = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** @param notify takes the events of sockets */
    Host(Consumer<Object> notify) {
        this.notify = notify;
    }

    /** The answer to come; null stands for one without fields. */
    CompletableFuture<?> perform(Task task) {
        try {
            return switch (task.task()) {
                case "open" -> open(task);
                case "bind" -> bind(task);
                case "connect" -> connect(task);
                case "unbind" -> endpoint(task, socket -> socket.unbind(task.endpoint()));
                case "disconnect" -> endpoint(task, socket -> socket.disconnect(task.endpoint()));
                case "subscribe" -> subscribe(task, "\1", ZMQ.Socket::join, ZMQ.Socket::subscribe);
                case "unsubscribe" -> subscribe(task, "\0", ZMQ.Socket::leave, ZMQ.Socket::unsubscribe);
                case "send" -> socket(task).send(Runs.decode(task.parts()));
                case "receive" -> socket(task).receive().thenApply(parts -> Map.of("parts", Runs.encode(parts)));
                case "produce" -> run(task, isStream(task) ? Runs::pour : Runs::produce);
                case "consume" -> run(task, isStream(task) ? Runs::collect : Runs::consume);
                case "request" -> run(task, Runs::request);
                case "serve" -> run(task, Runs::serve);
                case "authenticate" -> Authenticator.start(context, task.users());
                case "digest" -> CompletableFuture.supplyAsync(
                        () -> Map.of("sha256", task.stream().digest(task.from(), task.count())), threads);
                case "close" -> close(task);
                default -> throw new UnsupportedOperationException("no task " + task.task());
            };
        } catch (RuntimeException error) {
            return CompletableFuture.failedFuture(error);
        }
    }

    private CompletableFuture<?> open(Task task) {
        if (sockets.containsKey(task.socket())) {
            throw new IllegalStateException("socket %s is open already".formatted(task.socket()));
        }
        SocketType type = SocketType.valueOf(task.type().toUpperCase(Locale.ROOT));
        PeerSocket socket = PeerSocket.open(context, type, fresh -> {
            if (task.options() != null) {
                SocketOptions.apply(task.options(), fresh);
            }
            if (task.events()) {
                fresh.setEventHook(event -> report(task.socket(), event), ZMQ.EVENT_ALL);
            }
        });
        types.put(task.socket(), type);
        sockets.put(task.socket(), socket);
        return CompletableFuture.completedFuture(null);
    }

    private CompletableFuture<?> bind(Task task) {
        refuseIpc(task);
        return socket(task).call(socket -> {
            Failure.unless(socket.bind(task.endpoint()), socket);
            return Map.of("endpoint", socket.getLastEndpoint());
        });
    }

    /**
     * JeroMQ 0.6.0 loses some connections that it makes, one in ten on a busy machine: where zmq.poll.Poller finds the
     * connecter's retired handle and the engine's new one in the same round, it may cancel the key that both share, and
     * no byte is sent until the handshake times out. A socket that does not say when shall find out soon.
     */
    private CompletableFuture<?> connect(Task task) {
        refuseIpc(task);
        return endpoint(task, socket -> {
            if (socket.getHandshakeIvl() == zmq.ZMQ.DEFAULT_HANDSHAKE_IVL) {
                socket.setHandshakeIvl(STALLED);
            }
            return socket.connect(task.endpoint());
        });
    }

    /** JeroMQ's ipc is TCP on a port that it makes of the path, which nobody else can meet. */
    private static void refuseIpc(Task task) {
        if (task.endpoint().startsWith("ipc:")) {
            throw new UnsupportedOperationException("JeroMQ has no Unix domain sockets");
        }
    }

    private CompletableFuture<?> endpoint(Task task, Predicate<ZMQ.Socket> job) {
        return socket(task).call(socket -> {
            Failure.unless(job.test(socket), socket);
            return null;
        });
    }

    /** @param mark what begins the message by which an XSUB does it */
    private CompletableFuture<?> subscribe(Task task, String mark, Change ofDish, Change ofSub) {
        PeerSocket socket = socket(task);
        return switch (types.get(task.socket())) {
            // To an XSUB, a subscription is a message.
            case XSUB -> CompletableFuture.allOf(task.prefixes().stream()
                    .map(prefix -> socket.send(List.of((mark + prefix).getBytes(StandardCharsets.UTF_8))))
                    .toArray(CompletableFuture[]::new));
            case DISH -> each(task, ofDish);
            default -> each(task, ofSub);
        };
    }

    private CompletableFuture<?> each(Task task, Change change) {
        return endpoint(task, socket -> task.prefixes().stream().allMatch(prefix -> change.apply(socket, prefix)));
    }

    @FunctionalInterface
    private interface Change {
        boolean apply(ZMQ.Socket socket, String prefix);
    }

    private CompletableFuture<?> run(Task task, BiFunction<PeerSocket, Task, ?> run) {
        PeerSocket socket = socket(task);
        return CompletableFuture.supplyAsync(() -> run.apply(socket, task), threads);
    }

    private CompletableFuture<?> close(Task task) {
        PeerSocket socket = socket(task);
        sockets.remove(task.socket());
        return socket.close();
    }

    private boolean isStream(Task task) {
        return types.get(task.socket()) == SocketType.STREAM;
    }

    private PeerSocket socket(Task task) {
        PeerSocket socket = sockets.get(task.socket());
        if (socket == null) {
            throw new IllegalStateException("no socket " + task.socket());
        }
        return socket;
    }

    private void report(String socket, ZEvent event) {
        String type = EVENTS.get(event.getEvent());
        // Only JeroMQ tells of the greetings, as HANDSHAKE_PROTOCOL.
        if (type == null) {
            return;
        }
        Map<String, Object> notice = new LinkedHashMap<>(Map.of("event", "socket", "socket", socket, "type", type));
        if (event.getAddress() != null && !event.getAddress().isEmpty()) {
            notice.put("address", event.getAddress());
        }
        if (type.contains("error")) {
            notice.put("error", error(event.getValue()));
        }
        notify.accept(notice);
    }

    private static Map<String, Object> error(Object value) {
        if (value instanceof Integer status) {
            return Map.of("message", "Authentication failure", "status", status);
        }
        String code = value instanceof Enum<?> known ? known.name() : "EPROTO";
        return Map.of("message", String.valueOf(value), "code", code);
    }
}
