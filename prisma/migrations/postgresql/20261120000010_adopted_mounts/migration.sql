-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "adopted" BOOLEAN NOT NULL DEFAULT false;
