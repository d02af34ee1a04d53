#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>

#include "harness.hpp"
#include "process/identity.hpp"

using namespace pge::test;
using pge::resolve_identity;

namespace {

struct Accounts : TemporaryDirectory {
  pge::AccountFiles files{
      .passwd = write("passwd",
                      "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:App:/srv/app:/bin/sh\nhomeless:x:7:7::"
                      ":/bin/sh\n"),
      .group = write("group", "root:x:0:\napp:x:1001:\nweb:x:50:app,other\nlogs:x:51:other,app\nother:x:52:other\n")};
};

}  // namespace

TEST_CASE("a name has its own group, its supplementary groups and its home") {
  const Accounts accounts;
  for (const char* const spec : {"app", "1000"}) {
    const auto identity = resolve_identity(spec, accounts.files);
    REQUIRE(identity);
    REQUIRE(identity->uid == 1000);
    REQUIRE(identity->gid == 1001);
    REQUIRE(identity->groups == std::vector<gid_t>{50, 51});
    REQUIRE(identity->home == "/srv/app");
  }
}

TEST_CASE("a group stands alone, by name or number") {
  const Accounts accounts;
  for (const char* const spec : {"app:web", "app:50", "1000:web", "1000:50"}) {
    const auto identity = resolve_identity(spec, accounts.files);
    REQUIRE(identity);
    REQUIRE(identity->gid == 50);
    REQUIRE(identity->groups.empty());
  }
  REQUIRE(resolve_identity("app:9999", accounts.files)->gid == 9999);
}

TEST_CASE("numbers need no files") {
  const pge::AccountFiles missing{.passwd = "/no/passwd", .group = "/no/group"};
  const auto both = resolve_identity("1234:2345", missing);
  REQUIRE(both);
  REQUIRE((both->uid == 1234 && both->gid == 2345 && both->groups.empty() && both->home == "/"));
  const auto one = resolve_identity("1234", missing);
  REQUIRE(one);
  REQUIRE(one->gid == getgid());
  REQUIRE((one->keeps_group && !both->keeps_group));
}

TEST_CASE("a user without a home lives in /") {
  const Accounts accounts;
  REQUIRE(resolve_identity("homeless", accounts.files)->home == "/");
}

TEST_CASE("what is no user is refused") {
  const Accounts accounts;
  for (const char* const spec : {"", ":", "app:", ":web", "app:web:x", "nobody-here", "app:nogroup", "-1", "4294967295",
                                 "99999999999", "10x", "1000: 50"}) {
    INFO(spec);
    const auto identity = resolve_identity(spec, accounts.files);
    REQUIRE_FALSE(identity);
    REQUIRE(identity.error().code == pge::ExitCode::configuration);
    REQUIRE_FALSE(identity.error().hint.empty());
  }
  REQUIRE(resolve_identity("nobody-here", accounts.files).error().message.contains("\"nobody-here\" is not in"));
}

TEST_CASE("a message names the option that asked for the user") {
  const Accounts accounts;
  const auto named = [&](const char* spec) { return resolve_identity(spec, accounts.files, "--migrator-user"); };
  REQUIRE(named("nobody-here").error().message.starts_with("--migrator-user: user"));
  REQUIRE(named("app:nogroup").error().message.starts_with("--migrator-user: group"));
  REQUIRE(named(":").error().message.starts_with("--migrator-user: "));
  const auto failed = pge::explain_identity_failure(*named("app"), pge::ExecStep::setuid, EPERM);
  REQUIRE(failed.message.starts_with("--migrator-user: cannot become"));
  REQUIRE(failed.hint.ends_with("without --migrator-user"));
  REQUIRE(resolve_identity("app", accounts.files)->option == "--user");
}

TEST_CASE("the child is who it shall be: ids, groups, HOME") {
  for (const std::vector<std::string>& mode : {std::vector<std::string>{}, {"--exec"}}) {
    std::vector<std::string> options = mode;
    options.insert(options.end(), {"--user", "1234:2345"});
    const Ended ended = run(driver(options, "report"), {.environment = {"HOME=/root"}});
    INFO(ended.output);
    REQUIRE(value_of(ended.output, "uids") == "1234,1234,1234");
    REQUIRE(value_of(ended.output, "gids") == "2345,2345,2345");
    REQUIRE(value_of(ended.output, "groups").empty());
    REQUIRE(value_of(ended.output, "home") == "/");
  }
}

TEST_CASE("not root: the same user is fine, another is refused before anything starts") {
  const std::vector<std::string> as_app = {"setpriv", "--reuid", "1234", "--regid", "2345", "--clear-groups"};
  const auto under = [&](const std::string& user) {
    std::vector<std::string> argv = as_app;
    for (const std::string& word : driver({"--user", user}, "report")) argv.push_back(word);
    return run(argv);
  };
  const Ended same = under("1234:2345");
  REQUIRE(same.status == 0);
  REQUIRE(value_of(same.output, "uids") == "1234,1234,1234");
  const Ended other = under("1235:2345");
  REQUIRE(other.status == 78);
  REQUIRE(other.output.starts_with("--user: cannot become 1235:2345"));
  REQUIRE(under("0:0").status == 78);
}

TEST_CASE("root without the capability is told what to give") {
  std::vector<std::string> argv = {"setpriv", "--bounding-set", "-setgid,-setuid"};
  for (const std::string& word : driver({"--user", "1234:2345"}, "report")) argv.push_back(word);
  const Ended ended = run(argv);
  REQUIRE(ended.status == 78);
  REQUIRE(ended.output.contains("setgroups"));
  REQUIRE(ended.output.contains("CAP_SETGID"));
}

TEST_CASE("each way in which the kernel refuses an identity has its own advice") {
  const pge::Identity app{.uid = 1234, .gid = 2345, .groups = {}};
  const auto lacking = pge::explain_identity_failure(app, pge::ExecStep::setuid, EPERM);
  REQUIRE(lacking.code == pge::ExitCode::configuration);
  REQUIRE(lacking.message == "--user: cannot become 1234:2345: setuid: Operation not permitted");
  REQUIRE(lacking.hint.contains("CAP_SETUID"));
  const auto unmapped = pge::explain_identity_failure(app, pge::ExecStep::setgid, EINVAL);
  REQUIRE(unmapped.message.contains("setgid: Invalid argument"));
  REQUIRE(unmapped.hint.contains("/proc/self/uid_map"));
}
