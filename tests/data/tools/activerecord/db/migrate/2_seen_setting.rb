class SeenSetting < ActiveRecord::Migration[7.2]
  disable_ddl_transaction!

  def up
    execute "drop index concurrently if exists seen_setting"
    execute "create index concurrently seen_setting on seen (setting)"
  end
end
