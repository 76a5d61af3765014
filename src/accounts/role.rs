//! Roles in a portal or developer: three roles, and one table of their permissions.

use std::str::FromStr;

use crate::db::text_enum;

text_enum! {
    /// A person's role in a portal or developer.
    pub Role in "role." {
        /// Can do everything. There is always at least one.
        Owner = "owner",
        /// Can do everything except adding and changing owners, and renaming or deleting the
        /// organisation.
        Admin = "admin",
        /// Does the daily work.
        Member = "member",
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $permission:ident),+ $(,)?) => {
        /// A permission that not every member has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $permission),+ }

        /// The permissions as types, for handlers' signatures.
        pub mod may {
            use super::{Permission, RequiredPermission};

            $(
                $(#[$doc])*
                pub struct $permission;

                impl RequiredPermission for $permission {
                    const PERMISSION: Permission = Permission::$permission;
                }
            )+
        }
    };
}

permissions! {
    /// Viewing, creating, changing, rotating and revoking API keys, and viewing their requests; the same
    /// for webhooks.
    ManageApiKeys,
    /// Giving apps access, withdrawing it, and viewing their scopes and requests.
    ConnectApps,
    /// Reading the audit log.
    SeeLogs,
    /// Creating, changing and deleting a developer's apps, and rotating their secrets.
    ManageApps,
    /// Creating and deleting a developer's test portals.
    ManageSandboxes,
    /// Changing what the business says about itself, and how its portal looks.
    ManageBusiness,
    /// Inviting people, changing their roles, and removing them, except owners.
    ManagePeople,
    /// The same for owners.
    ManageOwners,
    /// Renaming and deleting the portal or the developer itself.
    ManageOrganisation,
}

/// A permission as a type: the types of [`may`].
pub trait RequiredPermission {
    /// The permission.
    const PERMISSION: Permission;
}

impl Role {
    /// The role's permissions beyond the daily work, which is open to all.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            ConnectApps, ManageApiKeys, ManageApps, ManageBusiness, ManageOrganisation,
            ManageOwners, ManagePeople, ManageSandboxes, SeeLogs,
        };
        match self {
            Self::Owner => &[
                ManageApiKeys,
                ConnectApps,
                SeeLogs,
                ManageApps,
                ManageSandboxes,
                ManageBusiness,
                ManagePeople,
                ManageOwners,
                ManageOrganisation,
            ],
            Self::Admin => &[
                ManageApiKeys,
                ConnectApps,
                SeeLogs,
                ManageApps,
                ManageSandboxes,
                ManageBusiness,
                ManagePeople,
            ],
            Self::Member => &[],
        }
    }

    /// Whether the role has a permission.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether the role can give a person the role `other`, and change or remove people with it.
    pub fn may_manage(self, other: Self) -> bool {
        self.may(if other == Self::Owner {
            Permission::ManageOwners
        } else {
            Permission::ManagePeople
        })
    }
}

/// The text isn't the name of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no role with that name")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::from_name(text).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_make_owners_and_change_the_organisation_itself() {
        let beyond: Vec<_> = Role::Owner
            .permissions()
            .iter()
            .filter(|permission| !Role::Admin.may(**permission))
            .collect();
        assert_eq!(beyond, [&Permission::ManageOwners, &Permission::ManageOrganisation]);
        assert!(Role::Member.permissions().is_empty());
    }

    #[test]
    fn only_owners_manage_owners_and_members_manage_nobody() {
        let may = |role: Role| Role::ALL.map(|other| role.may_manage(other));
        assert_eq!(may(Role::Owner), [true, true, true]);
        assert_eq!(may(Role::Admin), [false, true, true]);
        assert_eq!(may(Role::Member), [false, false, false]);
    }

    #[test]
    fn a_role_reads_back_from_its_name_and_nothing_else_does() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        for text in ["", "Owner", "owner ", "root", "owner,admin"] {
            assert_eq!(text.parse::<Role>(), Err(UnknownRole), "{text:?}");
        }
    }
}
