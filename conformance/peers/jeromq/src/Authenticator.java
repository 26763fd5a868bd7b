import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/** A ZAP handler (27/ZAP) that lets in NULL peers and some PLAIN users, and gives nobody a user id. */
final class Authenticator {
    private static final byte[] NOTHING = {};

    private final PeerSocket socket;
    private final Map<String, String> users;

    private Authenticator(PeerSocket socket, Map<String, String> users) {
        this.socket = socket;
        this.users = users;
    }

    static CompletableFuture<?> start(ZMQ.Context context, Map<String, String> users) {
        PeerSocket socket = PeerSocket.open(context, SocketType.REP, fresh -> fresh.setLinger(0));
        return socket.call(fresh -> fresh.bind("inproc://zeromq.zap.01"))
                .thenRun(() -> new Authenticator(socket, users).next());
    }

    private void next() {
        socket.receive().thenCompose(request -> socket.send(reply(request))).thenRun(this::next);
    }

    private List<byte[]> reply(List<byte[]> request) {
        byte[] version = request.get(0);
        byte[] id = request.get(1);
        String mechanism = text(request.get(5));
        boolean known = mechanism.equals("NULL")
                || mechanism.equals("PLAIN") && text(request.get(7)).equals(users.get(text(request.get(6))));
        return known
                ? List.of(version, id, bytes("200"), bytes("OK"), NOTHING, NOTHING)
                : List.of(version, id, bytes("400"), bytes("No such user, or another password"), NOTHING, NOTHING);
    }

    private static String text(byte[] part) {
        return new String(part, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
