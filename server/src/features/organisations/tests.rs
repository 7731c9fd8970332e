//! The use cases on both databases.

use crate::{
    access::{Caller, Role},
    features::testing::{World, from, working_in, worlds},
    http::{EmailAddress, Page},
};

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";

async fn caller(world: &World, email: &str) -> Caller {
    let session = world.session(email).await;
    world.caller(&session.access_token).await.unwrap()
}

#[tokio::test]
async fn an_invitation_is_for_one_address_and_one_time() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        for email in [ADA, BOB, "eve@example.org"] {
            world.person(email).await;
        }
        let ada = caller(&world, ADA).await;
        let id = world
            .organisations
            .found(&ada, "Engines", &origin)
            .await
            .unwrap();
        let id = id.organisation.id;
        let owner = working_in(ada, id, Role::Owner);
        let invited = ("Ada", EmailAddress::new(BOB).unwrap(), Role::Editor);
        world
            .organisations
            .invite(&owner, id, invited, &origin)
            .await
            .unwrap();
        let token = world.mailed_token(BOB).await;
        let eve = caller(&world, "eve@example.org").await;
        let stolen = world
            .organisations
            .accept(&eve, (&token, "eve@example.org"), &origin)
            .await;
        assert_eq!(stolen.unwrap_err().code, "other_address");
        let bob = caller(&world, BOB).await;
        let joined = world
            .organisations
            .accept(&bob, (&token, BOB), &origin)
            .await
            .unwrap();
        assert_eq!(joined.role, Role::Editor);
        let again = world
            .organisations
            .accept(&bob, (&token, BOB), &origin)
            .await;
        assert_eq!(again.unwrap_err().code, "invitation_unusable");
        let members = async || {
            let first = Page::default();
            let page = world.organisations.members(&owner, id, &first);
            page.await.unwrap().data.len()
        };
        assert_eq!(members().await, 2);
        // Whoever may manage nothing there may leave all the same; somebody who owns it stays.
        let leave = async |caller, id| world.organisations.leave(caller, id, &origin).await;
        leave(&bob, id).await.unwrap();
        assert_eq!(members().await, 1);
        let refused = async |caller, id| leave(caller, id).await.unwrap_err().code;
        assert_eq!(refused(&bob, id).await, "not_found");
        assert_eq!(refused(&owner, id).await, "last_owner");
        assert_eq!(
            refused(&bob, bob.organisation).await,
            "personal_organisation"
        );
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_have_and_an_owner_stays() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        let (ada_id, bob_id) = (world.person(ADA).await, world.person(BOB).await);
        let ada = caller(&world, ADA).await;
        let id = world
            .organisations
            .found(&ada, "Engines", &origin)
            .await
            .unwrap();
        let id = id.organisation.id;
        let owner = working_in(ada, id, Role::Owner);
        let invited = ("Ada", EmailAddress::new(BOB).unwrap(), Role::Admin);
        world
            .organisations
            .invite(&owner, id, invited, &origin)
            .await
            .unwrap();
        let token = world.mailed_token(BOB).await;
        let bob = caller(&world, BOB).await;
        world
            .organisations
            .accept(&bob, (&token, BOB), &origin)
            .await
            .unwrap();
        let admin = working_in(bob, id, Role::Admin);
        let organisations = &world.organisations;
        let up = organisations
            .set_role(&admin, id, bob_id, Role::Owner, &origin)
            .await;
        assert_eq!(up.unwrap_err().code, "role_out_of_reach");
        let down = organisations
            .set_role(&admin, id, ada_id, Role::Viewer, &origin)
            .await;
        assert_eq!(down.unwrap_err().code, "role_out_of_reach");
        let leave = organisations.take_out(&owner, id, ada_id, &origin).await;
        assert_eq!(leave.unwrap_err().code, "last_owner");
        organisations
            .set_role(&owner, id, bob_id, Role::Owner, &origin)
            .await
            .unwrap();
        organisations
            .take_out(&owner, id, ada_id, &origin)
            .await
            .unwrap();
        let reader = world.foundation.database.reader();
        let role = organisations.role_of(reader, id, ada_id).await;
        assert_eq!(role.unwrap(), None);
    }
}

#[tokio::test]
async fn other_organisations_do_not_exist() {
    for world in worlds().await {
        let origin = from("203.0.113.7");
        for email in [ADA, BOB] {
            world.person(email).await;
        }
        let (ada, bob) = (caller(&world, ADA).await, caller(&world, BOB).await);
        let others = bob.organisation;
        let organisations = &world.organisations;
        let status = |fault: crate::http::Fault| fault.status.as_u16();
        assert_eq!(
            organisations.get(&ada, others).await.map_err(status).err(),
            Some(404)
        );
        let renamed = organisations.rename(&ada, others, "mine", &origin).await;
        assert_eq!(renamed.map_err(status).err(), Some(404));
        let removed = organisations.remove(&ada, others, &origin).await;
        assert_eq!(removed.map_err(status).err(), Some(404));
        assert_eq!(
            organisations
                .members(&ada, others, &Page::default())
                .await
                .map_err(status)
                .err(),
            Some(404)
        );
        let kept = organisations
            .remove(&bob, others, &origin)
            .await
            .unwrap_err();
        assert_eq!(kept.code, "organisation_stays");
    }
}
