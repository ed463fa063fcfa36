package docs;

import dev.millrace.JobHandle;
import dev.millrace.JobType;
import dev.millrace.Millrace;
import dev.millrace.Worker;
import dev.millrace.testkit.ManualClock;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** What the pieces of code in the documentation may take as given. */
@SuppressWarnings("NullAway")
public abstract class DocsScene {
    public record Mail(String to, String body) {}

    public record Order(long number, int cents) {}

    public record Receipt(String text) {}

    public static final JobType<Mail, Void> MAIL = JobType.of("mail", Mail.class);
    public static final JobType<Order, Receipt> ORDER = JobType.of("order", Order.class, Receipt.class);

    public Millrace millrace;
    public Worker worker;
    public ManualClock clock;
    public JobHandle<Receipt> handle;
    public DataSource dataSource;
    public List<Order> orders;
    public UUID id;

    /** Stands for the application's own work. */
    public static void send(Mail mail) {}

    /** Stands for the application's own work. */
    public static Receipt charge(Order order) {
        return new Receipt("");
    }
}
