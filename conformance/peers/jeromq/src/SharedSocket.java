import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import zmq.Msg;

/**
 * A socket of a draft type, which is free to use from any thread and has messages of one part: one thread blocks in
 * sends and another in receives. The group of a RADIO's and a DISH's message and the routing id of a SERVER's are
 * shown as a part that comes first.
 */
final class SharedSocket implements PeerSocket {
    private final ZMQ.Socket socket;
    private final ExecutorService sends = Executors.newSingleThreadExecutor(SharedSocket::daemon);
    private final ExecutorService receives = Executors.newSingleThreadExecutor(SharedSocket::daemon);

    SharedSocket(ZMQ.Socket socket) {
        this.socket = socket;
    }

    @Override
    public CompletableFuture<Void> send(List<byte[]> parts) {
        Msg message = toMessage(parts);
        return CompletableFuture.runAsync(() -> Failure.unless(socket.sendMsg(message), socket), sends);
    }

    @Override
    public CompletableFuture<List<byte[]>> receive() {
        return CompletableFuture.supplyAsync(
                () -> {
                    Msg message = socket.recvMsg();
                    Failure.unless(message != null, socket);
                    return toParts(message);
                },
                receives);
    }

    @Override
    public <T> CompletableFuture<T> call(Function<ZMQ.Socket, T> job) {
        return CompletableFuture.supplyAsync(() -> job.apply(socket), Runnable::run);
    }

    @Override
    public CompletableFuture<Void> close() {
        sends.shutdown();
        receives.shutdown();
        return call(closing -> {
            closing.close();
            return null;
        });
    }

    private Msg toMessage(List<byte[]> parts) {
        Msg message = new Msg(parts.get(parts.size() - 1));
        if (socket.getSocketType() == SocketType.RADIO) {
            message.setGroup(new String(parts.get(0), StandardCharsets.UTF_8));
        } else if (socket.getSocketType() == SocketType.SERVER) {
            message.setRoutingId(ByteBuffer.wrap(parts.get(0)).getInt());
        }
        return message;
    }

    private List<byte[]> toParts(Msg message) {
        return switch (socket.getSocketType()) {
            case DISH -> List.of(message.getGroup().getBytes(StandardCharsets.UTF_8), message.data());
            case SERVER -> List.of(ByteBuffer.allocate(4).putInt(message.getRoutingId()).array(), message.data());
            default -> List.of(message.data());
        };
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }
}
