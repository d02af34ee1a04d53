#include "postgres/parameter_mapping.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <format>
#include <memory>
#include <ranges>
#include <utility>

#include "postgres/foreign_values.hpp"
#include "postgres/startup_options.hpp"

namespace pge {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

bool libpq_knows(std::string_view name) {
  static const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> known(PQconndefaults(), PQconninfoFree);
  for (const PQconninfoOption* option = known.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (name == option->keyword) return true;
  }
  return false;
}

Result<> ParameterMapping::add(std::string_view name, std::string_view value, bool name_is_safe) {
  constexpr std::string_view sqlx_option = "options[";
  if (name == "sslmode") return tls_.add(ForeignAction::sslmode, name, value, variable_);
  if (name == "host") {
    add_hosts(value);
    return {};
  }
  if (name.starts_with(sqlx_option) && name.ends_with(']')) {
    const std::string_view setting = name.substr(sqlx_option.size(), name.size() - sqlx_option.size() - 1);
    return add_foreign(
        {.name = name,
         .action = setting == "search_path" ? ForeignAction::search_path : ForeignAction::session_setting,
         .target = setting},
        name, value);
  }
  const auto foreign = find_foreign_parameter(name, dialect_);
  // Where a dialect gives libpq's word another meaning, its own row counts.
  const bool own = foreign && foreign->only != Dialect::any;
  if (!own && !(foreign && dialect_ == Dialect::ecto) && libpq_knows(name)) {
    kept_.set(name, value);
    return {};
  }
  if (foreign) return add_foreign(*foreign, name, value);
  if (!name_is_safe) {
    return fail(ExitCode::configuration, std::format("{}: there is an unknown parameter after the password", variable_),
                "or the password has a character that must be quoted or percent-encoded");
  }
  return fail(ExitCode::configuration, std::format("{}: unknown URL parameter '{}'", variable_, percent_decoded(name)),
              "remove it, or set MIGRATE_DATABASE_URL without it: it would be ignored here, and it may matter");
}

Result<> ParameterMapping::add_foreign(const ForeignParameter& foreign, std::string_view name, std::string_view value) {
  switch (foreign.action) {
    case ForeignAction::drop:
      dropped_.emplace_back(name);
      break;
    case ForeignAction::rename:
      if (foreign.target == "host") {
        add_hosts(value);
      } else {
        kept_.set(foreign.target, value);
      }
      break;
    case ForeignAction::whole_seconds:
      keep_if(is_number(value), foreign.target, name, value);
      break;
    case ForeignAction::search_path:
      search_path_ = value;
      break;
    case ForeignAction::session_setting:
      add_session_setting(foreign.target, value);
      break;
    case ForeignAction::sslmode:
    case ForeignAction::ssl_checked:
    case ForeignAction::ssl_factory:
    case ForeignAction::ssl_trust:
      return tls_.add(foreign.action, name, value, variable_);
    case ForeignAction::target_session: {
      const auto target = translate_target_session(value);
      if (!target) {
        return refuse_value(variable_, name,
                            "use target_session_attrs=any, primary, standby, prefer-standby, read-write or read-only");
      }
      kept_.set("target_session_attrs", *target);
      break;
    }
    case ForeignAction::load_balance:
      kept_.set("load_balance_hosts", is_true(value) ? "random" : "disable");
      break;
    case ForeignAction::gss_encryption:
      keep_if(value == "require", "gssencmode", name, value);
      break;
    case ForeignAction::socket_path:
      add_socket(value);
      break;
    case ForeignAction::no_equal:
      if (bare_word(value) == "false") {
        dropped_.emplace_back(name);
        break;
      }
      return fail(ExitCode::configuration, std::format("{}: libpq has no equal of the parameter {}", variable_, name),
                  std::string(foreign.target));
  }
  return {};
}

void ParameterMapping::keep_if(bool means_the_same, std::string_view target, std::string_view name,
                               std::string_view value) {
  if (means_the_same) {
    kept_.set(target, value);
  } else {
    dropped_.emplace_back(name);
  }
}

void ParameterMapping::add_session_setting(std::string_view name, std::string_view value) {
  const StartupSetting setting{.name = std::string(name), .value = std::string(value)};
  options_ += (options_.empty() ? "" : " ") + startup_options({&setting, 1});
}

/// One host, or several: "a,b", and SQLAlchemy's host=a:1&host=b:2.
void ParameterMapping::add_hosts(std::string_view value) {
  for (const auto part : value | std::views::split(',')) {
    const std::string_view host(part);
    const std::size_t colon = host.rfind(':');
    const bool has_port = !host.starts_with('/') && colon != std::string_view::npos && host.find(':') == colon &&
                          is_number(host.substr(colon + 1));
    hosts_.emplace_back(host.substr(0, has_port ? colon : host.size()), has_port ? host.substr(colon + 1) : "");
  }
}

/// "/run/postgresql/.s.PGSQL.5433" is what libpq calls host=/run/postgresql and port=5433.
void ParameterMapping::add_socket(std::string_view value) {
  constexpr std::string_view name = "/.s.PGSQL.";
  const std::size_t at = value.rfind(name);
  const bool whole = at != std::string_view::npos;
  hosts_.emplace_back(value.substr(0, at), whole ? value.substr(at + name.size()) : "");
}

void ParameterMapping::settle_hosts() {
  if (hosts_.empty()) return;
  std::string hosts;
  std::string ports;
  for (const auto& [host, port] : hosts_) {
    const char* comma = &host == &hosts_.front().first ? "" : ",";
    hosts += comma + host;
    ports += comma + port;
  }
  kept_.set("host", hosts);
  const bool has_ports = std::ranges::any_of(hosts_, [](const auto& host) { return !host.second.empty(); });
  if (has_ports) kept_.set("port", ports);
}

std::vector<std::pair<std::string, std::string>> ParameterMapping::finish(ConnectionSettings& settings) {
  settle_hosts();
  tls_.settle(kept_, dialect_);
  settings.certificate_is_checked_for_true = tls_.is_checked_for_true();
  if (!options_.empty()) {
    const std::string given = kept_.take("options");
    kept_.set("options", given.empty() ? options_ : given + " " + options_);
  }
  if (!search_path_.empty()) settings.search_path = search_path_;
  settings.dropped = std::move(dropped_);
  return std::move(kept_).pairs();
}

}  // namespace pge
