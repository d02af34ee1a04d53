#include "run/application_environment.hpp"

#include <string>

#include "config/environment.hpp"
#include "migrator/program_url.hpp"

namespace pge {

Result<EnvironmentList> environment_for_application(const Settings& settings, const EnvironmentList& environment) {
  EnvironmentList variables = application_environment(environment);
  for (const std::string& name : settings.serving.unset_env) unset_variable(variables, name);
  if (!settings.serving.exported) return variables;
  auto url = url_for_program(*settings.serving.exported, UrlReader::application);
  if (!url) return fail(url.error());
  const std::string& name = settings.database.export_name;
  unset_variable(variables, name + "_FILE");
  set_variable(variables, name, *url);
  return variables;
}

}  // namespace pge
