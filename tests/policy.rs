//! The policy: the whole table of roles and actions, and that a token's scopes only ever narrow it.

use access::{Action, Role};

use crate::world::assert_snapshot;

#[test]
fn the_permissions_of_all_roles_are_listed() {
    let row = |action: &Action| {
        let may: Vec<_> = Role::ALL.iter().filter(|role| role.may(*action)).map(|role| role.name()).collect();
        format!("{:<20} {}", action.scope(), may.join(" "))
    };
    let table = Action::ALL.iter().map(row).collect::<Vec<_>>().join("\n");
    assert_snapshot!(table, @"
    customer:read        ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    customer:write       ADMIN MANAGER DISPATCHER AGENT
    address:read         ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    address:write        ADMIN MANAGER DISPATCHER AGENT
    contact:read         ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    contact:write        ADMIN MANAGER DISPATCHER AGENT
    asset:read           ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    asset:write          ADMIN MANAGER DISPATCHER
    load:read            ADMIN MANAGER DISPATCHER AGENT VIEWER
    load:write           ADMIN MANAGER DISPATCHER
    load:bill            ADMIN MANAGER
    service:read         ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    service:write        ADMIN MANAGER DISPATCHER AGENT
    service:work         ADMIN MANAGER DISPATCHER TECHNICIAN
    recurring_service:read ADMIN MANAGER DISPATCHER AGENT VIEWER
    recurring_service:write ADMIN MANAGER DISPATCHER AGENT
    rate:read            ADMIN MANAGER DISPATCHER AGENT VIEWER
    rate:write           ADMIN MANAGER
    meter:write          ADMIN MANAGER DISPATCHER TECHNICIAN
    schedule:read        ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    schedule:write       ADMIN MANAGER DISPATCHER
    document:read        ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    document:write       ADMIN MANAGER DISPATCHER TECHNICIAN AGENT
    custom_field:read    ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    custom_field:write   ADMIN MANAGER
    tenant:read          ADMIN MANAGER DISPATCHER TECHNICIAN AGENT VIEWER
    tenant:write         ADMIN
    change:read          ADMIN MANAGER
    pii:read             ADMIN MANAGER DISPATCHER TECHNICIAN AGENT
    statement:read       ADMIN
    ");
}
