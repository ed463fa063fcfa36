package docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every link of the documentation that stays in the project leads somewhere. */
class DocsLinksTest {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");

    @Test
    void links_lead_to_files_and_headings_that_exist() {
        List<Markdown> pages = Markdown.pages();
        Map<String, Set<String>> headings = new HashMap<>();
        pages.forEach(page -> headings.put(page.file(), headings(page)));

        List<String> broken = new ArrayList<>();
        pages.forEach(page -> broken.addAll(broken(page, headings)));

        assertThat(broken).isEmpty();
    }

    @Test
    void what_to_read_on_follows_the_order_of_the_list_of_pages() {
        Map<String, Markdown> pages =
                Markdown.pages().stream().collect(Collectors.toMap(Markdown::file, page -> page));
        List<Matcher> order = pages.get("docs/README.md").prose().stream()
                .map(Pattern.compile("\\d+\\. (\\[[^]]+]\\(([^)]+)\\)).*")::matcher)
                .filter(Matcher::matches)
                .toList();

        assertThat(order).hasSizeGreaterThan(5);
        for (int i = 0; i + 1 < order.size(); i++) {
            List<String> lines = pages.get("docs/" + order.get(i).group(2)).prose();
            assertThat(lines.get(lines.size() - 1))
                    .as(order.get(i).group(2))
                    .isEqualTo("Read on: " + order.get(i + 1).group(1) + ".");
        }
    }

    @Test
    void a_link_to_nothing_is_found() {
        Markdown page = new Markdown(
                "docs/page.md",
                List.of("# A heading", "[no file](nothing.md) [no heading](#nothing)", "```", "[code](x.md)", "```",
                        "[good](#a-heading) [folder](decisions/) [elsewhere](https://example.org/x)"));

        assertThat(broken(page, Map.of("docs/page.md", headings(page))))
                .containsExactly("docs/page.md:2: nothing.md", "docs/page.md:2: #nothing");
    }

    private static List<String> broken(Markdown page, Map<String, Set<String>> headings) {
        List<String> broken = new ArrayList<>();
        Path folder = Path.of(page.file()).resolveSibling("");
        List<String> prose = page.prose();
        for (int i = 0; i < prose.size(); i++) {
            Matcher link = LINK.matcher(prose.get(i));
            while (link.find()) {
                if (!leads(page.file(), folder, link.group(1), headings)) {
                    broken.add(page.file() + ":" + (i + 1) + ": " + link.group(1));
                }
            }
        }
        return broken;
    }

    private static boolean leads(String from, Path folder, String link, Map<String, Set<String>> headings) {
        if (link.matches("[a-z]+:.*")) {
            return true;
        }
        int hash = link.indexOf('#');
        String path = hash < 0 ? link : link.substring(0, hash);
        String file = path.isEmpty() ? from : folder.resolve(path).normalize().toString();
        boolean there = path.isEmpty() || Files.exists(Markdown.root().resolve(file));
        return there && (hash < 0 || headings.getOrDefault(file, Set.of()).contains(link.substring(hash + 1)));
    }

    /** Headings as links name them: lower case, words joined by hyphens, no punctuation. */
    private static Set<String> headings(Markdown page) {
        return page.prose().stream()
                .filter(line -> line.matches("#{1,6} .*"))
                .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
                .map(text -> text.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }
}
