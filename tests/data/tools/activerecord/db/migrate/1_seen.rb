class Seen < ActiveRecord::Migration[7.2]
  def up
    execute "create table seen as select current_setting('client_connection_check_interval') as setting"
  end
end
